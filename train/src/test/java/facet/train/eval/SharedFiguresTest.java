package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.train.data.Domain;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Figures of several kinds of pairs at one threshold, and those of people drawn again.
class SharedFiguresTest {
  private static final Similarities EASY =
      new Similarities(
          new float[] {0.9f, 0.8f, 0.7f, 0.6f},
          new float[] {0.5f, 0.4f, 0.3f, 0.2f, 0.1f, 0, -0.1f, -0.2f, -0.3f, -0.4f});
  private static final Similarities HARD =
      new Similarities(
          new float[] {0.7f, 0.5f, 0.45f, 0.2f},
          new float[] {0.6f, 0.55f, 0.3f, 0.2f, 0.1f, 0, -0.1f, -0.2f, -0.3f, -0.4f});

  private static Figure figure(String name) {
    return Figure.ALL.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
  }

  private static EvalResult result() {
    return new EvalResult(
        "x",
        4,
        1,
        null,
        Map.of(AllPairs.Kind.EASY_EASY, EASY, AllPairs.Kind.HARD_HARD, HARD),
        Map.of(),
        null,
        Map.of());
  }

  @Test
  void theThresholdIsThatOfEasyPairs() {
    // one of ten easy negatives: the threshold is 0.5
    assertThat(figure("tar@easy-far=1e-1").value(HARD, EASY)).isEqualTo(0.5);
    assertThat(figure("far@easy-far=1e-1").value(HARD, EASY)).isEqualTo(0.2);
    assertThat(figure("tar@easy-far=1e-1").value(EASY, EASY)).isEqualTo(1);
    assertThat(figure("far@easy-far=1e-1").value(EASY, EASY)).isEqualTo(0.1);
    assertThat(figure("gap-positive").value(HARD, EASY)).isCloseTo(0.75 - 1.85 / 4, within(1e-6));
  }

  @Test
  void pooledPairsAreDecidedTogether() {
    var figures = result().figures();
    // the 2nd highest of 20 negatives is 0.55
    assertThat(figures.get("pooled/tar@far=1e-1")).isEqualTo(5 / 8.0);
    assertThat(figures.get("pooled/negatives")).isEqualTo(20);
    assertThat(figures.get("hard-hard/tar@easy-far=1e-1")).isEqualTo(0.5);
    assertThat(result().table()).contains("TAR@easy 1e-1", "pooled");
  }

  @Test
  void whatTheNegativesCannotResolveIsUndefined() {
    var figures = result().figures();
    assertThat(figures.get("hard-hard/tar@far=1e-1")).isFinite();
    assertThat(figures.get("hard-hard/tar@far=1e-2")).isNaN();
    assertThat(figures.get("hard-hard/tar@easy-far=1e-2")).isNaN();
    assertThat(figure("tar@easy-far=1e-1").value(HARD, null)).isNaN();
  }

  @Test
  void divergenceIsThatOfNormalDistributions() {
    var random = new Random(1);
    var p = new float[200_000];
    var q = new float[200_000];
    for (var i = 0; i < p.length; i++) {
      p[i] = (float) (0.3 + 0.1 * random.nextGaussian());
      q[i] = (float) (0.1 + 0.1 * random.nextGaussian());
    }
    // spread by 0.1, both have a variance of 0.02: D = (difference of means)^2 / (2 variance)
    assertThat(Divergences.of(p, q)).isCloseTo(0.2 * 0.2 / (2 * 0.02), within(0.02));
    assertThat(Divergences.of(p, p)).isCloseTo(0, within(1e-12));
  }

  /// Four people with two images a domain, embeddings at random.
  private static Resampled resampled(int draws) {
    var people = 4;
    var random = new Random(3);
    var values = new float[people * 4 * 3];
    var identity = new int[people * 4];
    var domain = new Domain[identity.length];
    var group = new String[identity.length];
    for (var i = 0; i < identity.length; i++) {
      identity[i] = i / 4;
      group[i] = i < 8 ? "first" : "others"; // two people each
      domain[i] = i % 4 < 2 ? Domain.EASY : Domain.HARD;
    }
    for (var i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Resampled.of(Expected.normalized(values, 3), identity, domain, group, draws, 7);
  }

  @Test
  void drawnPeopleAreCountedAsOftenAsTheyAreDrawn() {
    var resampled = resampled(200);
    var positives = resampled.figures().get("easy-easy/positives");
    // one pair a person, four people are drawn; NaN where all four are one person
    assertThat(Arrays.stream(positives).filter(Double::isFinite))
        .hasSizeGreaterThan(180)
        .containsOnly(4.0);
    var negatives = resampled.figures().get("easy-easy/negatives");
    // pairs of two different of the four, each of two images with two; fewer when one comes twice
    assertThat(Arrays.stream(negatives).filter(Double::isFinite).max()).hasValue(6 * 4);
    assertThat(Arrays.stream(negatives).filter(Double::isFinite).min().orElseThrow())
        .isLessThan(6 * 4);
    assertThat(resampled.figures().get("hard-hard/margin")).hasSize(200);
    // of two people of a group both must be drawn to make different pairs
    assertThat(Arrays.stream(resampled.figures().get("group/first/tar@far=1e-1")))
        .hasSize(200)
        .contains(Double.NaN)
        .anyMatch(Double::isFinite);
    assertThat(resampled(200).figures().get("hard-hard/margin"))
        .containsExactly(resampled.figures().get("hard-hard/margin"));
  }
}

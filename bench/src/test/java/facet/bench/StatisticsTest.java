package facet.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  /// Launches with a spread of their own and one between iterations, as JVMs have.
  private static List<double[]> launches(
      int count, double mean, double between, double within, SplittableRandom random) {
    var launches = new ArrayList<double[]>();
    for (var i = 0; i < count; i++) {
      var center = mean * (1 + between * random.nextGaussian());
      launches.add(random.doubles(5).map(u -> center * (1 + within * (u - 0.5))).toArray());
    }
    return launches;
  }

  @Test
  void medians() {
    assertThat(Statistics.median(3, 1, 2)).isEqualTo(2);
    assertThat(Statistics.median(4, 1, 2, 3)).isEqualTo(2.5);
    assertThat(Statistics.location(List.of(new double[] {1, 9, 2}, new double[] {4, 4, 400})))
        .isEqualTo(3);
  }

  @Test
  void oneOutlyingIterationDoesNotCount() {
    var calm = List.of(new double[] {1, 1, 1}, new double[] {1, 1, 1}, new double[] {1, 1, 1});
    var disturbed =
        List.of(new double[] {1, 50, 1}, new double[] {1, 1, 1}, new double[] {1, 1, 1});
    assertThat(Statistics.ratio(disturbed, calm, 1).value()).isEqualTo(1);
  }

  @Test
  void aFixedSeedGivesAFixedInterval() {
    var random = new SplittableRandom(5);
    var a = launches(4, 1, 0.02, 0.02, random);
    var b = launches(4, 1, 0.02, 0.02, random);
    assertThat(Statistics.ratio(a, b, 3)).isEqualTo(Statistics.ratio(a, b, 3));
  }

  @Test
  void theIntervalHoldsTheTrueRatioAsOftenAsItSays() {
    var random = new SplittableRandom(7);
    var held = 0;
    for (var trial = 0; trial < 200; trial++) {
      var a = launches(7, 1.1, 0.03, 0.05, random);
      var b = launches(7, 1.0, 0.03, 0.05, random);
      var interval = Statistics.ratio(a, b, trial);
      if (interval.low() <= 1.1 && 1.1 <= interval.high()) {
        held++;
      }
    }
    assertThat(held).as("of 200").isBetween(178, 200);
  }

  @Test
  void moreLaunchesNarrowTheInterval() {
    var random = new SplittableRandom(11);
    var few =
        Statistics.ratio(launches(4, 1, 0.05, 0.01, random), launches(4, 1, 0.05, 0.01, random), 1);
    var many =
        Statistics.ratio(
            launches(64, 1, 0.05, 0.01, random), launches(64, 1, 0.05, 0.01, random), 1);
    assertThat(many.high() - many.low()).isLessThan(0.5 * (few.high() - few.low()));
  }

  /// The machine is at half speed in the middle; the pairs do not feel it.
  @Test
  void pairsDoNotFeelASlowHour() {
    var base = List.of(new double[] {1, 1, 1}, new double[] {2, 2, 2}, new double[] {1, 1, 1});
    var now = List.of(new double[] {1.1, 1.1}, new double[] {2.2, 2.2}, new double[] {1.1, 1.1});
    var pairs = Statistics.ratioOfPairs(now, base, 1);
    assertThat(pairs.low()).isCloseTo(1.1, within(1e-9));
    assertThat(pairs.value()).isCloseTo(1.1, within(1e-9));
    assertThat(pairs.high()).isCloseTo(1.1, within(1e-9));
    assertThat(Statistics.ratio(now, base, 1).high()).isGreaterThan(2);
  }
}

package facet.bench;

import static org.assertj.core.api.Assertions.assertThat;

import facet.bench.Comparison.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Question GEMM =
      new Question("facet.bench.GemmBenchmark.multiply", Map.of("product", "8x8x8"));
  private static final Question NORM =
      new Question(
          "facet.bench.BatchNormBenchmark.forward", Map.of("layer", "8@4", "then", "NOTHING"));

  /// Five launches of five iterations of `seconds` on a machine at `speed` of its best.
  private static List<Launch> launches(double seconds, double speed) {
    return IntStream.range(0, 5)
        .mapToObj(
            i -> {
              var times = new double[5];
              var peaks = new double[5];
              for (var k = 0; k < 5; k++) {
                times[k] = seconds * (1 + 0.002 * ((i * 5 + k) % 7)) / speed;
                peaks[k] = 500 * speed;
              }
              return new Launch(times, times, peaks, peaks);
            })
        .toList();
  }

  @Test
  void fewerThanFiveLaunchesDecideNothing() {
    for (var few : List.of(1, 4)) {
      var base = launches(1, 1).subList(0, few);
      var comparison = Comparison.of(GEMM, base, launches(1.2, 1));
      assertThat(comparison.ratio().low()).isGreaterThan(1.03);
      assertThat(comparison.verdict(0.03)).isEqualTo(Verdict.UNDECIDED);
      assertThat(comparison.verdict(0.5)).isEqualTo(Verdict.UNDECIDED);
    }
  }

  @Test
  void programsReadTheVerdict() {
    assertThat(Comparison.of(GEMM, launches(1, 1), launches(2, 1)).json(0.03))
        .containsEntry("question", "Gemm.multiply product=8x8x8")
        .containsEntry("launches", 5)
        .containsEntry("verdict", "slower")
        .extractingByKey("ratio")
        .isEqualTo(2.0);
  }

  private static List<Launch> withoutYardsticks(List<Launch> launches) {
    return launches.stream().map(l -> Launch.of(l.seconds(), l.cores())).toList();
  }

  @Test
  void aMachineAtHalfSpeedIsNoRegression() {
    for (var question : List.of(GEMM, NORM)) {
      var comparison = Comparison.of(question, launches(1, 1), launches(1, 0.5));
      assertThat(comparison.now().seconds()).isGreaterThan(1.9 * comparison.base().seconds());
      assertThat(comparison.normalized()).isTrue();
      assertThat(comparison.verdict(0.03)).isEqualTo(Verdict.SAME);
    }
  }

  @Test
  void aSlowerKernelOnAFasterMachineIsOne() {
    var comparison = Comparison.of(GEMM, launches(1, 0.5), launches(1.2, 1));
    assertThat(comparison.now().seconds()).isLessThan(comparison.base().seconds());
    assertThat(comparison.verdict(0.03)).isEqualTo(Verdict.SLOWER);
    assertThat(comparison.ratio().value()).isBetween(1.19, 1.21);
  }

  @Test
  void aFasterKernelIsSeen() {
    assertThat(Comparison.of(GEMM, launches(1, 1), launches(0.8, 0.9)).verdict(0.03))
        .isEqualTo(Verdict.FASTER);
  }

  @Test
  void whatLiesWithinTheToleranceIsTheSame() {
    var comparison = Comparison.of(GEMM, launches(1, 1), launches(1.05, 1));
    assertThat(comparison.verdict(0.1)).isEqualTo(Verdict.SAME);
    assertThat(comparison.verdict(0.03)).isEqualTo(Verdict.SLOWER);
  }

  @Test
  void withoutYardsticksTheTimesThemselvesAreCompared() {
    var comparison = Comparison.of(GEMM, withoutYardsticks(launches(1, 1)), launches(1, 0.5));
    assertThat(comparison.normalized()).isFalse();
    assertThat(comparison.ratio().value()).isBetween(1.9, 2.1);
  }

  @Test
  void launchesInTurnsAreComparedByTheirTimes() {
    var comparison = Comparison.inTurns(GEMM, launches(1, 1), launches(1.2, 1));
    assertThat(comparison.normalized()).isFalse();
    assertThat(comparison.verdict(0.03)).isEqualTo(Verdict.SLOWER);
    assertThat(Comparison.inTurns(GEMM, launches(1, 1), launches(1, 0.5)).ratio().value())
        .isBetween(1.9, 2.1);
  }

  @Test
  void aSingleDisturbedLaunchIsNoRegression() {
    var now = new java.util.ArrayList<>(launches(1, 1));
    var slow = now.getFirst().seconds().clone();
    Arrays.setAll(slow, i -> 3 * slow[i]);
    var first = now.getFirst();
    now.set(0, new Launch(slow, first.cores(), first.gflops(), first.gbytes()));
    assertThat(Comparison.of(GEMM, launches(1, 1), now).verdict(0.03)).isEqualTo(Verdict.SAME);
  }
}

package facet.train.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeedStatisticsTest {
  @Test
  void theIntervalIsStudents() {
    var s = summary(List.of(3.0, 5.0), List.of(1.5, 2.5, 2.0, 4.0, 0.0));
    assertThat(s.mean()).isEqualTo(4);
    assertThat(s.deviation()).isCloseTo(Math.sqrt(2), within(1e-12));
    assertThat(s.difference()).isEqualTo(2);
    var half = 2.776 * Math.sqrt(8.5 / 4 / 5);
    assertThat(s.low()).isCloseTo(2 - half, within(1e-12));
    assertThat(s.high()).isCloseTo(2 + half, within(1e-12));
  }

  @Test
  void oneSeedTellsNoInterval() {
    var s = summary(List.of(3.0), List.of(1.0));
    assertThat(s.difference()).isEqualTo(1);
    assertThat(s.deviation()).isNaN();
    assertThat(s.low()).isNaN();
  }

  @Test
  void manySeedsComeNearTheNormalDistribution() {
    var few = summary(List.of(), alternating(31)); // the last of the table
    var more = summary(List.of(), alternating(33));
    assertThat(t(few, 31)).isCloseTo(2.042, within(1e-9));
    assertThat(t(more, 33)).isCloseTo(2.037, within(1e-3));
    assertThat(t(summary(List.of(), alternating(1001)), 1001)).isCloseTo(1.962, within(1e-3));
  }

  private static SeedStatistics summary(List<Double> values, List<Double> differences) {
    return SeedStatistics.of(values, differences, Bootstrap.Interval.NONE);
  }

  @Test
  void intervalIsThatOverPeopleWhereThereIsOne() {
    var seeds = SeedStatistics.of(List.of(1.0, 2.0), List.of(0.1, 0.3), Bootstrap.Interval.NONE);
    assertThat(seeds.interval().low()).isEqualTo(seeds.low());
    var people = new Bootstrap.Interval(-1, 2);
    assertThat(SeedStatistics.of(List.of(1.0), List.of(0.1), people).interval()).isEqualTo(people);
  }

  private static List<Double> alternating(int n) {
    var values = new java.util.ArrayList<>(Collections.nCopies(n, 1.0));
    for (var i = 0; i < n; i += 2) {
      values.set(i, -1.0);
    }
    return values;
  }

  /// The quantile that the interval was made with.
  private static double t(SeedStatistics s, int n) {
    var variance = (n - n * s.difference() * s.difference()) / (n - 1);
    return (s.high() - s.low()) / 2 / Math.sqrt(variance / n);
  }
}

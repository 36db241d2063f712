package facet.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static double[] rates(Schedule schedule, int... steps) {
    var rates = new double[steps.length];
    for (var i = 0; i < steps.length; i++) {
      rates[i] = schedule.at(steps[i]);
    }
    return rates;
  }

  @Test
  void cosineFallsToZero() {
    var schedule = new Schedule(new Schedule.Cosine(), 0.2, 100, 0);
    assertThat(rates(schedule, 0, 25, 50, 100, 150))
        .containsExactly(new double[] {0.2, 0.1 * (1 + Math.sqrt(0.5)), 0.1, 0, 0}, within(1e-15));
  }

  @Test
  void polyFallsToZero() {
    var schedule = new Schedule(new Schedule.Poly(2), 0.2, 100, 0);
    assertThat(rates(schedule, 0, 50, 90, 100))
        .containsExactly(new double[] {0.2, 0.05, 0.002, 0}, within(1e-15));
  }

  /// insightface's `PolynomialLRWarmup(warmup_iters=20, total_iters=100)`: the rate is
  /// `0.2 (1 - (step - 20) / 80)` from step 20 on.
  @Test
  void linearFallsFromTheEndOfTheWarmup() {
    var schedule = new Schedule(new Schedule.Linear(), 0.2, 100, 20);
    assertThat(rates(schedule, 9, 19, 20, 40, 60, 100, 120))
        .containsExactly(new double[] {0.1, 0.2, 0.2, 0.15, 0.1, 0, 0}, within(1e-15));
    assertThat(new Schedule(new Schedule.Linear(), 0.2, 10, 10).at(9)).isEqualTo(0.2);
  }

  @Test
  void stepDividesByTen() {
    var schedule = new Schedule(new Schedule.Step(List.of(0.5, 0.9)), 0.2, 100, 0);
    assertThat(rates(schedule, 0, 49, 50, 89, 90))
        .containsExactly(new double[] {0.2, 0.2, 0.02, 0.02, 0.002}, within(1e-15));
  }

  @Test
  void warmupRisesToTheRate() {
    var schedule = new Schedule(new Schedule.Constant(), 0.2, 100, 4);
    assertThat(rates(schedule, 0, 1, 2, 3, 4, 99))
        .containsExactly(new double[] {0.05, 0.1, 0.15, 0.2, 0.2, 0.2}, within(1e-15));
  }
}

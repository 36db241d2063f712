package facet.train.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static final int DRAWS = 20_000;

  /// Draws of people around `mean`.
  private static double[] draws(double mean, double deviation, int seed) {
    var random = new Random(seed);
    var values = new double[DRAWS];
    Arrays.setAll(values, i -> mean + deviation * random.nextGaussian());
    return values;
  }

  @Test
  void oneSeedLeavesThePeople() {
    var interval = Bootstrap.interval(List.of(List.of(draws(0.3, 0.1, 1))));
    assertThat(interval.low()).isCloseTo(0.3 - 0.196, within(0.005));
    assertThat(interval.high()).isCloseTo(0.3 + 0.196, within(0.005));
  }

  @Test
  void foldsAreOtherPeopleAndNarrowIt() {
    var folds = new ArrayList<double[]>();
    for (var fold = 0; fold < 4; fold++) {
      folds.add(draws(0.3, 0.1, fold));
    }
    var interval = Bootstrap.interval(List.of(folds));
    assertThat(interval.high() - interval.low()).isCloseTo(2 * 0.196 / 2, within(0.01));
  }

  @Test
  void seedsThatDifferWidenIt() {
    var calm = List.of(List.of(draws(0.3, 0.01, 1)), List.of(draws(0.3, 0.01, 2)));
    var wild = List.of(List.of(draws(0.1, 0.01, 1)), List.of(draws(0.5, 0.01, 2)));
    assertThat(width(calm)).isLessThan(0.05);
    assertThat(width(wild)).isBetween(0.38, 0.5); // both seeds twice, with a chance of a quarter
  }

  private static double width(List<List<double[]>> differences) {
    var interval = Bootstrap.interval(differences);
    return interval.high() - interval.low();
  }

  @Test
  void withoutDrawsThereIsNone() {
    assertThat(Bootstrap.interval(List.of()).exists()).isFalse();
    assertThat(Bootstrap.interval(List.of(List.of(new double[0]))).exists()).isFalse();
    var undefined = new double[10];
    Arrays.fill(undefined, Double.NaN);
    assertThat(Bootstrap.interval(List.of(List.of(undefined))).exists()).isFalse();
  }
}

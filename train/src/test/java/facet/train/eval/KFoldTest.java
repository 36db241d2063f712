package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KFoldTest {
  @Test
  void takesTheFirstOfTheBestThresholdsOfTheOtherFolds() {
    // Fold 1 is separable from 0.51 on. For fold 0 that threshold accepts the 0.2, rejects the 3.
    var distances = new double[] {0.2, 3, 0.505, 1.0};
    var same = new boolean[] {true, false, true, false};
    var result = KFold.accuracy(distances, same, 2);
    assertThat(result.folds()).containsExactly(1, 0.5); // fold 0 chooses 0.21: fold 1's 0.505 fails
    assertThat(result.mean()).isCloseTo(0.75, within(1e-12));
    assertThat(result.deviation()).isCloseTo(0.25, within(1e-12));
    assertThat(result.threshold()).isCloseTo((0.51 + 0.21) / 2, within(1e-12));
  }

  @Test
  void aDistanceEqualToTheThresholdIsADifferentPerson() {
    // 0 < 0 is false: at threshold 0 nothing is accepted, so all-different pairs are all right there
    var result = KFold.accuracy(new double[] {0, 0, 0, 0}, new boolean[4], 2);
    assertThat(result.mean()).isEqualTo(1);
    assertThat(result.threshold()).isZero();
  }

  @Test
  void agreesWithADirectImplementation() {
    var random = new SplittableRandom(5);
    var n = 103;
    var distances = new double[n];
    var same = new boolean[n];
    for (var i = 0; i < n; i++) {
      same[i] = random.nextBoolean();
      distances[i] = (same[i] ? 1.1 : 1.6) + random.nextGaussian() * 0.4;
    }
    var result = KFold.accuracy(distances, same, 10);
    var expected = new double[10];
    for (var fold = 0; fold < 10; fold++) {
      int from = fold < 3 ? fold * 11 : 33 + (fold - 3) * 10; // folds of 11, 11, 11, 10, ...
      int to = from + (fold < 3 ? 11 : 10);
      var bestThreshold = -1.0;
      var best = -1;
      for (var t = 0; t < 400; t++) {
        var count = 0;
        for (var i = 0; i < n; i++) {
          count += (i < from || i >= to) && (distances[i] < t * 0.01) == same[i] ? 1 : 0;
        }
        if (count > best) {
          best = count;
          bestThreshold = t * 0.01;
        }
      }
      for (var i = from; i < to; i++) {
        expected[fold] += (distances[i] < bestThreshold) == same[i] ? 1.0 / (to - from) : 0;
      }
    }
    assertThat(result.folds()).containsExactly(expected, within(1e-12));
  }

  @Test
  void refusesFewerPairsThanFolds() {
    assertThatThrownBy(() -> KFold.accuracy(new double[3], new boolean[3], 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("10 folds cannot be made of 3 pairs");
  }
}

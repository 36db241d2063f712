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
    var result = KFold.accuracy(distances, same, new int[] {0, 0, 1, 1});
    assertThat(result.folds()).containsExactly(1, 0.5); // fold 0 chooses 0.21: fold 1's 0.505 fails
    assertThat(result.mean()).isCloseTo(0.75, within(1e-12));
    assertThat(result.deviation()).isCloseTo(0.25, within(1e-12));
    assertThat(result.threshold()).isCloseTo((0.51 + 0.21) / 2, within(1e-12));
  }

  @Test
  void aDistanceEqualToTheThresholdIsADifferentPerson() {
    // 0 < 0 is false: at threshold 0 nothing is accepted, so all-different pairs are right there
    var result = KFold.accuracy(new double[4], new boolean[4], new int[] {0, 1, 0, 1});
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
    var fold = KFold.cut(same, 10);
    var result = KFold.accuracy(distances, same, fold);
    var expected = new double[10];
    for (var f = 0; f < 10; f++) {
      var bestThreshold = -1.0;
      var best = -1;
      for (var t = 0; t < 400; t++) {
        var count = 0;
        for (var i = 0; i < n; i++) {
          count += fold[i] != f && (distances[i] < t * 0.01) == same[i] ? 1 : 0;
        }
        if (count > best) {
          best = count;
          bestThreshold = t * 0.01;
        }
      }
      var size = 0;
      for (var i = 0; i < n; i++) {
        if (fold[i] == f) {
          size++;
          expected[f] += (distances[i] < bestThreshold) == same[i] ? 1 : 0;
        }
      }
      expected[f] /= size;
    }
    assertThat(result.folds()).containsExactly(expected, within(1e-12));
  }

  @Test
  void cutsBothKindsOfPairsEvenly() {
    var same = new boolean[] {true, true, false, true, false, true};
    assertThat(KFold.cut(same, 2)).containsExactly(0, 0, 0, 1, 1, 1);
  }

  @Test
  void refusesASingleFold() {
    assertThatThrownBy(() -> KFold.accuracy(new double[3], new boolean[3], new int[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 pairs in 1 folds");
  }

  @Test
  void foldNumbersMayHaveGaps() {
    var gaps = KFold.accuracy(new double[2], new boolean[2], new int[] {0, 7});
    assertThat(gaps.folds()).containsExactly(1, 1);
  }
}

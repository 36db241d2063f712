package facet.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.train.data.batch.Permutation;
import java.util.HashMap;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RandomStreamTest {
  @Test
  void theSameCoordinatesGiveTheSameNumberAndOthersAnother() {
    var seen = new HashSet<Long>();
    for (int epoch = 0; epoch < 10; epoch++) {
      for (int index = 0; index < 10; index++) {
        for (int draw = 0; draw < 10; draw++) {
          long bits = new RandomStream(7).at(epoch).at(index).bits(draw);
          assertThat(bits).isEqualTo(new RandomStream(7).at(epoch).at(index).bits(draw));
          seen.add(bits);
        }
      }
    }
    assertThat(seen).hasSize(1000);
    assertThat(new RandomStream(8).bits(0)).isNotEqualTo(new RandomStream(7).bits(0));
  }

  @Test
  void uniformNumbersHaveTheMeanAndVarianceOfTheUniformDistribution() {
    int n = 100_000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double u = new RandomStream(1).at(i).uniform(3);
      assertThat(u).isBetween(0.0, Math.nextDown(1.0));
      sum += u;
      squares += u * u;
    }
    assertThat(sum / n).isCloseTo(0.5, within(0.005));
    assertThat(squares / n - (sum / n) * (sum / n)).isCloseTo(1 / 12.0, within(0.002));
  }

  @Test
  void belowReachesEveryValueEquallyOften() {
    var counts = new int[7];
    for (int i = 0; i < 70_000; i++) {
      counts[new RandomStream(3).below(i, 7)]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(9_600, 10_400); // 10,000 ± 4 standard deviations
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 16, 32, 33, 63, 64, 65, 1000, 6300})
  void aPermutationTakesEveryValueOnce(int size) {
    var permutation = new Permutation(size, new RandomStream(11));
    var seen = new boolean[size];
    for (int i = 0; i < size; i++) {
      int to = permutation.at(i);
      assertThat(seen[to]).isFalse();
      seen[to] = true;
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "3, 6", "4, 24", "5, 120", "6, 720"})
  void allPermutationsAreEquallyLikely(int size, int kinds) {
    int each = 2_000;
    var counts = new HashMap<String, Integer>();
    for (int key = 0; key < kinds * each; key++) {
      var permutation = new Permutation(size, new RandomStream(5).at(key));
      var order = new StringBuilder();
      for (int i = 0; i < size; i++) {
        order.append(permutation.at(i));
      }
      counts.merge(order.toString(), 1, Integer::sum);
    }
    assertThat(counts).hasSize(kinds);
    assertThat(counts.values()) // within five standard deviations
        .allMatch(count -> count > 0.888 * each && count < 1.112 * each);
  }
}

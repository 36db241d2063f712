package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HardPairsTest {
  @Test
  void keepsTheHardestWithEachImageInOnePairOnly() {
    var pairs = new HardPairs();
    var random = new SplittableRandom(1);
    var lowest = new float[] {2, 2};
    var highest = new float[] {-2, -2};
    for (var i = 0; i < 100; i++) {
      for (var j = i + 1; j < 100; j++) {
        var same = i / 10 == j / 10;
        var similarity = (float) random.nextDouble(-1, 1);
        pairs.add(i, j, same, similarity);
        lowest[0] = same ? Math.min(lowest[0], similarity) : lowest[0];
        highest[0] = same ? highest[0] : Math.max(highest[0], similarity);
      }
    }
    var positives = pairs.hardest(true, 6);
    var negatives = pairs.hardest(false, 6);
    assertThat(positives).hasSize(6);
    assertThat(positives.getFirst().similarity()).isEqualTo(lowest[0]);
    assertThat(negatives.getFirst().similarity()).isEqualTo(highest[0]);
    assertThat(positives)
        .isSortedAccordingTo((a, b) -> Float.compare(a.similarity(), b.similarity()));
    assertThat(negatives)
        .isSortedAccordingTo((a, b) -> Float.compare(b.similarity(), a.similarity()));
    assertThat(positives.stream().flatMap(p -> Stream.of(p.first(), p.second())))
        .doesNotHaveDuplicates();
  }
}

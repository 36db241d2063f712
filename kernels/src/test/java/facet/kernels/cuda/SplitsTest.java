package facet.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.Precision;
import org.junit.jupiter.api.Test;

class SplitsTest {
  private static final int SLICE = 32;

  private static final Tiling.Tile TILE = Tiling.of(Precision.BF16, 80).tiles().getFirst();

  private static final int MULTIPROCESSORS = 132; // an H200

  private static final int SLOTS = 2 * MULTIPROCESSORS;

  @Test
  void enoughTilesAreNotSplit() {
    assertThat(Splits.choose(784, 576, SLICE, TILE, MULTIPROCESSORS, 50176L * 64).count())
        .isEqualTo(1);
  }

  @Test
  void theGradientOfAWeightIsSplitUntilTheGpuIsFull() {
    // 64 to 64 channels, 3x3, batch 64 at 112 x 112: three tiles of 64 x 256.
    var splits = Splits.choose(3, 64 * 112 * 112, SLICE, TILE, MULTIPROCESSORS, 64 * 576);
    assertThat(3 * splits.count()).isBetween(SLOTS / 2, SLOTS);
  }

  @Test
  void noPartIsEmptyAndAllPartsAreWholeSlices() {
    for (var k = 1; k < 3000; k += 37) {
      for (var tiles = 1; tiles < 300; tiles += 50) {
        var splits = Splits.choose(tiles, k, SLICE, TILE, MULTIPROCESSORS, 128 * 128);
        assertThat(splits.chunk() % 32).isZero();
        assertThat((splits.count() - 1) * splits.chunk()).isLessThan(k);
        assertThat(splits.count() * splits.chunk()).isGreaterThanOrEqualTo(k);
      }
    }
  }

  @Test
  void partialResultsStaySmall() {
    var splits = Splits.choose(1, 1 << 20, SLICE, TILE, MULTIPROCESSORS, 1L << 25);
    assertThat(splits.count() * (1L << 25)).isLessThanOrEqualTo(1L << 26);
  }
}

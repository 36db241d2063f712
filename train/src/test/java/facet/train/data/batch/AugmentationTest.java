package facet.train.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.train.data.RandomStream;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final int SIZE = 12;
  private static final int LENGTH = 3 * SIZE * SIZE;

  /// Red holds the column, green the row, blue 200.
  private static byte[] coordinates() {
    var rgb = new byte[LENGTH];
    for (int i = 0; i < SIZE * SIZE; i++) {
      rgb[3 * i] = (byte) (i % SIZE);
      rgb[3 * i + 1] = (byte) (i / SIZE);
      rgb[3 * i + 2] = (byte) 200;
    }
    return rgb;
  }

  private static float[] apply(Augmentation augmentation, int index) {
    var out = new float[LENGTH];
    augmentation.apply(coordinates(), SIZE, new RandomStream(4).at(0).at(index), out, 0);
    return out;
  }

  private static int value(float[] image, int x, int y, int channel) {
    return Math.round((image[3 * (y * SIZE + x) + channel] * 0.5f + 0.5f) * 255);
  }

  @Test
  void withoutVariationTheImageIsNormalisedInPlaceOfTheBatch() {
    var batch = new float[2 * LENGTH + 1];
    Arrays.fill(batch, 9);
    Augmentation.NONE.apply(coordinates(), SIZE, new RandomStream(1), batch, LENGTH);
    byte[] rgb = coordinates();
    for (int i = 0; i < LENGTH; i++) {
      assertThat(batch[i]).isEqualTo(9);
      float expected = (float) (((rgb[i] & 0xff) / 255.0 - 0.5) / 0.5);
      assertThat(batch[LENGTH + i]).isCloseTo(expected, within(1e-6f));
    }
    assertThat(batch[2 * LENGTH]).isEqualTo(9);
    var plain = new float[LENGTH];
    Augmentation.normalise(rgb, SIZE, false, plain, 0);
    assertThat(plain).isEqualTo(Arrays.copyOfRange(batch, LENGTH, 2 * LENGTH));
  }

  @Test
  void theExtremesBecomeMinusOneAndOne() {
    var out = new float[3];
    Augmentation.normalise(new byte[] {0, (byte) 255, 51}, 1, true, out, 0);
    assertThat(out).containsExactly(-1, 1, -0.6f);
  }

  @Test
  void halfOfTheImagesAreMirrored() {
    int mirrored = 0;
    for (int i = 0; i < 2000; i++) {
      float[] image = apply(Augmentation.FLIP, i);
      int corner = value(image, 0, 3, 0);
      assertThat(corner).isIn(0, SIZE - 1);
      assertThat(value(image, 4, 3, 0)).isEqualTo(corner == 0 ? 4 : SIZE - 5);
      assertThat(value(image, 4, 3, 1)).isEqualTo(3);
      mirrored += corner == 0 ? 0 : 1;
    }
    assertThat(mirrored).isBetween(900, 1100);
  }

  @Test
  void shiftsReachEveryOffsetAndRepeatTheBorder() {
    var shift = new Augmentation(0, 2, 0, 0, 0, 0, 0);
    var seen = new boolean[5][5];
    for (int i = 0; i < 500; i++) {
      float[] image = apply(shift, i);
      int dx = value(image, 6, 6, 0) - 6;
      int dy = value(image, 6, 6, 1) - 6;
      seen[dy + 2][dx + 2] = true;
      assertThat(value(image, 0, 0, 0)).isEqualTo(Math.max(0, dx));
      assertThat(value(image, SIZE - 1, 0, 0)).isEqualTo(Math.min(SIZE - 1, SIZE - 1 + dx));
      assertThat(value(image, 0, SIZE - 1, 1)).isEqualTo(Math.min(SIZE - 1, SIZE - 1 + dy));
    }
    for (boolean[] row : seen) {
      assertThat(row).containsOnly(true);
    }
  }

  @Test
  void brightnessAndContrastStayWithinTheirBounds() {
    double least = 1;
    double most = -1;
    double plain = 2 * (200 / 255.0) - 1;
    for (int i = 0; i < 1000; i++) {
      float blue = apply(new Augmentation(0, 0, 0.1, 0.2, 0, 0, 0), i)[2];
      least = Math.min(least, blue);
      most = Math.max(most, blue);
    }
    assertThat(least).isBetween(plain * 0.8 - 0.2, plain * 0.85 - 0.15);
    assertThat(most).isBetween(plain * 1.15 + 0.15, plain * 1.2 + 0.2);
    for (int i = 0; i < 100; i++) {
      for (float x : apply(new Augmentation(0, 0, 1, 1, 0, 0, 0), i)) {
        assertThat(x).isBetween(-1f, 1f);
      }
    }
  }

  @Test
  void erasingCoversARectangleWithMidGrey() {
    for (int i = 0; i < 200; i++) {
      float[] image = apply(new Augmentation(0, 0, 0, 0, 0, 0, 1), i);
      int erased = 0;
      for (int p = 2; p < LENGTH; p += 3) {
        erased += image[p] == 0 ? 1 : 0;
      }
      assertThat(erased).isBetween(1, 16); // sides from 1 to 4 of 12
    }
  }

  @Test
  void lowResolutionMixesNeighbours() {
    int changed = 0;
    for (int i = 0; i < 100; i++) {
      float[] image = apply(new Augmentation(0, 0, 0, 0, 0.5, 3, 0), i);
      changed += value(image, 0, 6, 0) > 0 ? 1 : 0; // the border is mixed with its neighbour
    }
    assertThat(changed).isBetween(15, 60);
  }

  @Test
  void theSamePlaceInTrainingGivesTheSameVariationAndAnotherPlaceAnother() {
    var all = new Augmentation(0.5, 3, 0.2, 0.2, 0.5, 4, 0.5);
    assertThat(apply(all, 5)).isEqualTo(apply(all, 5));
    assertThat(apply(all, 5)).isNotEqualTo(apply(all, 6));
  }

  @Test
  void impossibleSettingsAreUsageErrors() {
    assertThatThrownBy(() -> new Augmentation(1.5, 0, 0, 0, 0, 0, 0))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
        .hasMessage("augmentation: flip 1.5 must be in 0..1.");
    assertThatThrownBy(() -> new Augmentation(0, -1, 0, 0, 0, 0, 0)).hasMessageContaining("shift");
    assertThatThrownBy(() -> new Augmentation(0, 0, 0, 0, 1, 0, 0))
        .hasMessageContaining("minPixels");
  }
}

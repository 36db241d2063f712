package facet.train.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import facet.train.data.RandomStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResamplerTest {
  @ParameterizedTest
  @CsvSource({"1,1,8", "7,5,8", "8,8,8", "92,112,56", "300,200,33", "2,2,112"})
  void aConstantImageStaysConstant(int width, int height, int size) {
    var source = new byte[3 * width * height];
    Arrays.fill(source, (byte) 201);
    var target = new byte[3 * size * size];
    Resampler.resize(source, width, height, target, size, size);
    for (byte value : target) {
      assertThat(value).isEqualTo((byte) 201);
    }
  }

  @Test
  void shrinkingAveragesInsteadOfPickingPixels() {
    int width = 64;
    var stripes = new byte[3 * width * width]; // black and white columns in turn
    for (int i = 0; i < width * width; i++) {
      Arrays.fill(stripes, 3 * i, 3 * i + 3, (byte) (i % 2 == 0 ? 0 : 255));
    }
    var target = new byte[3 * 8 * 8];
    Resampler.resize(stripes, width, width, target, 8, 8);
    for (byte value : target) {
      assertThat(value & 0xff).isBetween(118, 137);
    }
  }

  @Test
  void enlargingInterpolatesLinearlyBetweenPixelCentres() {
    byte[] two = {0, 0, 0, (byte) 200, 100, 40}; // 2 x 1
    var four = new byte[3 * 4];
    Resampler.resize(two, 2, 1, four, 4, 1);
    int[] red = {four[0] & 0xff, four[3] & 0xff, four[6] & 0xff, four[9] & 0xff};
    assertThat(red).containsExactly(0, 50, 150, 200);
    assertThat(four[4]).isEqualTo((byte) 25);
    assertThat(four[5]).isEqualTo((byte) 10);
  }

  @Test
  void halvingWeighsWithATriangleTwoPixelsWideOnEachSide() {
    byte[] four = new byte[3 * 4]; // one bright pixel of 4
    four[3] = (byte) 240;
    var two = new byte[3 * 2];
    Resampler.resize(four, 4, 1, two, 2, 1);
    // Centre 1 reaches pixels 0, 1, 2 with weights 3/4, 3/4, 1/4; centre 3 pixel 1 with 1/4.
    assertThat(two[0] & 0xff).isEqualTo(Math.round(240 * 3 / 7f));
    assertThat(two[3] & 0xff).isEqualTo(Math.round(240 * 1 / 7f));
  }

  @Test
  void loweringTheResolutionRemovesDetailAndKeepsTheMean() {
    int size = 32;
    var image = new byte[3 * size * size];
    for (int i = 0; i < image.length; i++) {
      image[i] = (byte) new RandomStream(9).below(i, 256);
    }
    double variance = variance(image);
    double mean = mean(image);
    var low = image.clone();
    Resampler.lowerResolution(low, size, 8);
    assertThat(variance(low)).isLessThan(variance / 5);
    assertThat(Math.abs(mean(low) - mean)).isLessThan(3);
    var same = image.clone();
    Resampler.lowerResolution(same, size, size);
    assertThat(same).isEqualTo(image);
  }

  private static double mean(byte[] values) {
    double sum = 0;
    for (byte value : values) {
      sum += value & 0xff;
    }
    return sum / values.length;
  }

  private static double variance(byte[] values) {
    double mean = mean(values);
    double sum = 0;
    for (byte value : values) {
      sum += ((value & 0xff) - mean) * ((value & 0xff) - mean);
    }
    return sum / values.length;
  }
}

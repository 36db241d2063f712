package facet.train.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.RandomStream;
import facet.train.data.TestImages;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final BufferedImage PICTURE = TestImages.picture(40, 30, 1);

  private static int[] pixel(RgbImage image, int x, int y) {
    int at = 3 * (y * image.width() + x);
    byte[] rgb = image.rgb();
    return new int[] {rgb[at] & 0xff, rgb[at + 1] & 0xff, rgb[at + 2] & 0xff};
  }

  private static AbstractThrowableAssert<?, ?> assertBroken(byte[] file) {
    return assertThatThrownBy(() -> ImageDecoder.decode(file, "people/a.jpg"))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DATA))
        .hasMessageStartingWith("people/a.jpg: ")
        .hasMessageContaining("replace or remove it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp"})
  void losslessFormatsGiveTheExactPixels(String format) {
    RgbImage image = ImageDecoder.decode(TestImages.encode(PICTURE, format), "x");
    assertThat(image.width()).isEqualTo(40);
    assertThat(image.height()).isEqualTo(30);
    for (int y = 0; y < 30; y++) {
      for (int x = 0; x < 40; x++) {
        int rgb = PICTURE.getRGB(x, y);
        assertThat(pixel(image, x, y))
            .containsExactly((rgb >> 16) & 0xff, (rgb >> 8) & 0xff, rgb & 0xff);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "gif"})
  void lossyFormatsComeClose(String format) {
    RgbImage image = ImageDecoder.decode(TestImages.encode(PICTURE, format), "x");
    int rgb = PICTURE.getRGB(20, 15);
    int[] got = pixel(image, 20, 15);
    for (int c = 0; c < 3; c++) {
      assertThat(Math.abs(got[c] - ((rgb >> (16 - 8 * c)) & 0xff))).isLessThan(40);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
  void greyIsTakenAsStoredWithoutGamma(int type) {
    var grey = new BufferedImage(16, 16, type);
    int max = type == BufferedImage.TYPE_BYTE_GRAY ? 255 : 65535;
    for (int i = 0; i < 256; i++) {
      grey.getRaster().setSample(i % 16, i / 16, 0, i * (max / 255));
    }
    RgbImage image = ImageDecoder.decode(TestImages.encode(grey, "png"), "x");
    for (int i = 0; i < 256; i++) {
      assertThat(pixel(image, i % 16, i / 16)).containsExactly(i, i, i);
    }
  }

  @Test
  void palettesAreLookedUp() {
    var image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_BINARY);
    image.setRGB(3, 4, 0xffffffff);
    RgbImage decoded = ImageDecoder.decode(TestImages.encode(image, "png"), "x");
    assertThat(pixel(decoded, 3, 4)).containsExactly(255, 255, 255);
    assertThat(pixel(decoded, 4, 3)).containsExactly(0, 0, 0);
  }

  @Test
  void netpbmFilesOfAllKindsAreRead() {
    var grey = "P5 # comment\n2 1\n255\n\u0000\u00c8".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(ImageDecoder.decode(grey, "x").rgb())
        .containsExactly(0, 0, 0, (byte) 200, (byte) 200, (byte) 200);
    var colour = "P6\n1 1\n255\n\u0001\u0002\u0003".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(ImageDecoder.decode(colour, "x").rgb()).containsExactly(1, 2, 3);
    var plain = "P3\n#c\n1 1 100\n0 50\n100".getBytes(StandardCharsets.US_ASCII);
    assertThat(ImageDecoder.decode(plain, "x").rgb()).containsExactly(0, 127, 255);
    var plainGrey = "P2 1 2 15 15 3".getBytes(StandardCharsets.US_ASCII);
    assertThat(ImageDecoder.decode(plainGrey, "x").rgb())
        .containsExactly(255, 255, 255, 51, 51, 51);
    var wide = "P5 1 1 65535\n\u0080\u0000".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(ImageDecoder.decode(wide, "x").rgb()).containsExactly(128, 128, 128);
  }

  @Test
  void brokenNetpbmFilesAreRefused() {
    assertBroken("P5\n9 9\n255\nabc".getBytes(StandardCharsets.US_ASCII))
        .hasMessageContaining("truncated image (3 bytes of samples, at least 81 expected)");
    assertBroken("P5\n99999 99999\n255\n".getBytes(StandardCharsets.US_ASCII))
        .hasMessageContaining("99,999 x 99,999 pixels");
    assertBroken("P5\n0 4\n255\n".getBytes(StandardCharsets.US_ASCII))
        .hasMessageContaining("0 x 4");
    assertBroken("P5\n2 2\n70000\n....".getBytes(StandardCharsets.US_ASCII))
        .hasMessageContaining("70000");
    assertBroken("P2 2 1 255 7 x".getBytes(StandardCharsets.US_ASCII))
        .hasMessageContaining("no number where the sample should be");
    assertBroken("P4 8 1 x".getBytes(StandardCharsets.US_ASCII)).hasMessageContaining("P4");
    assertBroken("P5 ".getBytes(StandardCharsets.US_ASCII)).hasMessageContaining("width");
  }

  @Test
  void aTruncatedJpegIsNoticedWhereverItIsCut() {
    byte[] jpeg = TestImages.jpeg(2);
    for (int length = 1; length < jpeg.length - 1; length += 7) {
      assertBroken(Arrays.copyOf(jpeg, length));
    }
    assertBroken(Arrays.copyOf(jpeg, jpeg.length / 2 + 300)).hasMessageContaining("a.jpg");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "gif"})
  void otherTruncatedImagesAreNoticed(String format) {
    byte[] file = TestImages.encode(PICTURE, format);
    assertBroken(Arrays.copyOf(file, file.length / 2));
    assertBroken(Arrays.copyOf(file, 10));
  }

  @Test
  void textNamedJpgIsNotAnImage() {
    assertBroken("Not an image at all.".getBytes(StandardCharsets.US_ASCII))
        .hasMessageContaining("not a JPEG, PNG, BMP, GIF, WebP, PGM or PPM image");
    assertBroken(new byte[0]).hasMessageContaining("the file is empty");
  }

  @Test
  void aWebpFileThatIsCutShortIsBroken() throws IOException {
    var file =
        Objects.requireNonNull(ImreadTest.class.getResourceAsStream("imread/lossy.webp"))
            .readAllBytes();
    assertBroken(Arrays.copyOf(file, file.length - 2)).hasMessageContaining("shorter than it says");
    assertBroken(Arrays.copyOf(file, 14)).hasMessageContaining("a.jpg");
  }

  @Test
  void whatIsNoImageIsNamed() {
    assertBroken("<!DOCTYPE html><p>Not found".getBytes(StandardCharsets.US_ASCII))
        .hasMessageContaining("it is an HTML page");
    assertBroken("version https://git-lfs.github.com/spec/v1".getBytes(StandardCharsets.US_ASCII))
        .hasMessageContaining("it is a Git LFS pointer");
    var avif = "\0\0\0\34ftypavif".getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> ImageDecoder.decode(avif, "a.jpg"))
        .hasMessage(
            "a.jpg: it is an AVIF image, which is not supported; convert it to PNG or JPEG.");
    var tiff = "II*\0\10\0\0\0".getBytes(StandardCharsets.US_ASCII); // ImageIO has a reader
    assertThatThrownBy(() -> ImageDecoder.decode(tiff, "a.jpg"))
        .hasMessageContaining("it is a TIFF image, which is not supported");
  }

  @Test
  void aHeaderThatClaimsGiganticDimensionsIsRefusedBeforeAnythingIsAllocated() {
    byte[] jpeg = TestImages.jpeg(3);
    for (int i = 0; i + 8 < jpeg.length; i++) {
      if ((jpeg[i] & 0xff) == 0xff && (jpeg[i + 1] & 0xff) == 0xc0) { // start of frame
        jpeg[i + 5] = jpeg[i + 7] = (byte) 0xff; // height and width 0xffdc
        jpeg[i + 6] = jpeg[i + 8] = (byte) 0xdc;
        break;
      }
    }
    assertBroken(jpeg).hasMessageContaining("65,500 x 65,500 pixels, more than the 62,500,000");
  }

  /// A few kilobytes of PNG can hold one colour 64 million times.
  @Test
  void aBombIsRefusedBeforeItIsDecoded() {
    assertBroken(TestImages.blankPng(8000, 8000))
        .hasMessageContaining("8,000 x 8,000 pixels, more");
    assertBroken(TestImages.blankPng(7000, 7000))
        .hasMessageContaining("7,000 x 7,000 pixels, too many for");
    assertThat(ImageDecoder.decode(TestImages.blankPng(2000, 2000), "x").width()).isEqualTo(2000);
  }

  @Test
  void flippedBitsNeverEscapeAsAnotherException() {
    byte[] jpeg = TestImages.jpeg(4);
    byte[] png = TestImages.encode(PICTURE, "png");
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      byte[] broken = (i % 2 == 0 ? jpeg : png).clone();
      var random = new RandomStream(20).at(i);
      broken[random.below(0, broken.length)] ^= (byte) (1 << random.below(1, 8));
      try {
        ImageDecoder.decode(broken, "x");
      } catch (FacetException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(150);
  }

  @Test
  void filesThatCannotBeReadAreNamed(@TempDir Path folder) throws IOException {
    Path absent = folder.resolve("absent.jpg");
    assertThatThrownBy(() -> ImageDecoder.decode(absent))
        .hasMessageStartingWith(absent + ": no such");
    Path locked = TestImages.write(folder.resolve("locked.jpg"), TestImages.jpeg(1));
    Assumptions.assumeTrue(locked.toFile().setReadable(false) && !Files.isReadable(locked));
    assertThatThrownBy(() -> ImageDecoder.decode(locked)).hasMessageContaining("no permission");
  }
}

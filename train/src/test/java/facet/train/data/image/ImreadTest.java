package facet.train.data.image;

import static facet.train.error.Printable.format;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The pixels that OpenCV's `imread` gives, for every kind of file (imread/make.py.txt made the
/// files and the expected pixels beside them).
class ImreadTest {
  static List<String> files() throws IOException {
    try (var files = Files.list(folder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(".*\\..*\\.ppm"))
          .map(name -> name.substring(0, name.length() - ".ppm".length()))
          .sorted()
          .toList();
    }
  }

  private static Path folder() {
    try {
      return Path.of(Objects.requireNonNull(ImreadTest.class.getResource("imread")).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void pixelsAreThoseOfOpenCv(String name) throws IOException {
    var image = ImageDecoder.decode(folder().resolve(name));
    var expected = Files.readAllBytes(folder().resolve(name + ".ppm"));
    var header =
        format("P6\n%d %d\n255\n", image.width(), image.height())
            .getBytes(StandardCharsets.US_ASCII);
    assertThat(Arrays.copyOf(expected, header.length)).isEqualTo(header);
    var pixels = Arrays.copyOfRange(expected, header.length, expected.length);
    assertThat(pixels).hasSameSizeAs(image.rgb());
    int most = 0;
    int sum = 0;
    for (int i = 0; i < pixels.length; i++) {
      int difference = Math.abs((pixels[i] & 0xff) - (image.rgb()[i] & 0xff));
      most = Math.max(most, difference);
      sum += difference;
    }
    if (name.startsWith("lossy")) { // its halved colours are repeated, not interpolated
      assertThat(sum).isLessThan(12 * pixels.length);
    } else {
      assertThat(most).isZero();
    }
  }
}

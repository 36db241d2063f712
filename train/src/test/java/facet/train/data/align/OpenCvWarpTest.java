package facet.train.data.align;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import facet.train.data.image.RgbImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/// Against OpenCV 4.6.0: `make.py.txt` beside the numbers made them.
class OpenCvWarpTest {
  /// The script's picture.
  private static RgbImage picture() {
    var width = 110;
    var height = 90;
    var rgb = new byte[3 * width * height];
    for (var i = 0; i < rgb.length; i++) {
      var c = i % 3;
      var x = i / 3 % width;
      var y = i / 3 / width;
      rgb[i] = (byte) (7 * x + 13 * y + 31 * c + x * y * (c + 1));
    }
    return new RgbImage(width, height, rgb);
  }

  @Test
  void everyPixelIsOpenCvs() throws IOException {
    String[] lines;
    try (var in =
        OpenCvWarpTest.class.getResourceAsStream("/facet/train/data/align/opencv-warp.csv")) {
      assertThat(in).isNotNull();
      lines = new String(in.readAllBytes(), UTF_8).strip().split("\n");
    }
    assertThat(lines).hasSize(6);
    for (var line : lines) {
      var fields = line.split(",");
      var n = Arrays.stream(fields, 0, 4).mapToDouble(Double::parseDouble).toArray();
      var size = Integer.parseInt(fields[4]);
      var face =
          Warp.OPENCV.apply(picture(), new SimilarityTransform(n[0], n[1], n[2], n[3]), size);
      var middle = 3 * (size / 2 * size + size / 2 - 4);
      assertThat(HexFormat.of().formatHex(face.rgb(), middle, middle + 24))
          .as(line)
          .isEqualTo(fields[6]);
      var crc = new CRC32();
      crc.update(face.rgb());
      assertThat(crc.getValue()).as(line).isEqualTo(Long.parseLong(fields[5]));
    }
  }

  /// Where nothing shrinks both ways are the same but for roundings to 1/32 of a pixel.
  @Test
  void averagesAreNearWhereNothingShrinks() {
    var rgb = new byte[3 * 60 * 60];
    for (var i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (60 + i / 3 % 60 + i / 180);
    }
    var smooth = new RgbImage(60, 60, rgb);
    var t = new SimilarityTransform(1.5, 0.4, 3.3, -9.1);
    var a = Warp.AVERAGE.apply(smooth, t, 40).rgb();
    var b = Warp.OPENCV.apply(smooth, t, 40).rgb();
    var inside = 3 * (20 * 40 + 12);
    for (var i = inside; i < inside + 48; i++) {
      assertThat(Math.abs((a[i] & 255) - (b[i] & 255))).isLessThanOrEqualTo(1);
    }
    assertThat(a[inside]).isNotZero();
  }
}

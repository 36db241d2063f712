package facet.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.folder.ImageFiles;
import facet.train.data.folder.ImageFolder;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachedDatasetTest {
  private static final CachedDataset.Progress SILENT = (done, total) -> {};

  @Test
  void theCacheHoldsWhatTheSourceLoads() {
    GeneratedFaces source = TestImages.faces(3, 4, 2);
    var cached = CachedDataset.fill(source, 8, 0, 3, SILENT);
    assertThat(cached.describe()).isEqualTo(source.describe());
    var expected = new byte[3 * 64];
    var got = new byte[3 * 64];
    for (int i = 0; i < source.size(); i++) {
      source.load(i, 8, expected);
      cached.load(i, 8, got);
      assertThat(got).isEqualTo(expected);
      assertThat(cached.item(i)).isEqualTo(source.item(i));
    }
    assertThat(CachedDataset.bytesNeeded(source, 8)).isEqualTo(18 * 192);
    assertThatThrownBy(() -> cached.load(0, 9, got)).hasMessageContaining("cached at 8 x 8");
  }

  @Test
  void progressEndsWithEverythingDone() {
    var seen = new ArrayList<Integer>();
    CachedDataset.fill(TestImages.faces(2, 5, 0), 8, 0, 2, (done, total) -> seen.add(done));
    assertThat(seen.getLast()).isEqualTo(10);
  }

  /// Person a has a good image and a text named .jpg, b only a truncated one, c a good one.
  private static ImageFiles partlyCorrupt(Path root) throws IOException {
    byte[] jpeg = TestImages.jpeg(1);
    TestImages.write(root.resolve("a/1.jpg"), jpeg);
    TestImages.write(root.resolve("a/2.jpg"), "text".getBytes(StandardCharsets.US_ASCII));
    TestImages.write(root.resolve("b/1.jpg"), Arrays.copyOf(jpeg, jpeg.length - 20));
    TestImages.write(root.resolve("c/1.jpg"), jpeg);
    return ImageFolder.open(root);
  }

  @Test
  void corruptImagesAreAllListed(@TempDir Path root) throws IOException {
    ImageFiles data = partlyCorrupt(root);
    assertThatThrownBy(() -> CachedDataset.fill(data, 16, 0, 2, SILENT))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DATA))
        .hasMessageStartingWith("2 images (of 4) cannot be used; replace or remove them")
        .hasMessageContaining(root.resolve("a/2.jpg") + ": not a JPEG")
        .hasMessageContaining(root.resolve("b/1.jpg") + ": damaged image")
        .hasMessageContaining("--skip-corrupt");
    assertThatThrownBy(() -> CachedDataset.fill(data, 16, 1, 2, SILENT))
        .hasMessageStartingWith("2 images (of 4)");
  }

  @Test
  void corruptImagesCanBeLeftOut(@TempDir Path root) throws IOException {
    var cached = CachedDataset.fill(partlyCorrupt(root), 16, 2, 2, SILENT);
    assertThat(cached.report().corrupt()).hasSize(2);
    assertThat(cached.size()).isEqualTo(2);
    assertThat(cached.identities()).isEqualTo(2);
    assertThat(cached.item(1).name()).isEqualTo("c");
    assertThat(cached.item(1).identity()).isEqualTo(1);
  }

  @Test
  void onlyTheFirstTenCorruptImagesAreSpeltOut(@TempDir Path root) throws IOException {
    for (int i = 1; i <= 13; i++) {
      TestImages.write(root.resolve("a/" + i + ".jpg"), new byte[0]);
    }
    assertThatThrownBy(() -> CachedDataset.fill(ImageFolder.open(root), 16, 99, 2, SILENT))
        .hasMessageStartingWith("13 images (of 13)")
        .hasMessageContaining("10.jpg: the file is empty")
        .hasMessageNotContaining("11.jpg")
        .hasMessageContaining("and 3 more");
  }

  @Test
  void anErrorOfTheSourceOrOfTheListenerEndsTheScan() {
    var items = TestImages.faces(2, 500, 0);
    var broken =
        new GeneratedFaces(
            IntStream.range(0, 1000).mapToObj(items::item).toList(),
            (index, size, rgb) -> {
              throw new IllegalStateException("defect");
            });
    assertThatThrownBy(() -> CachedDataset.fill(broken, 8, 0, 2, SILENT)).hasMessage("defect");
    CachedDataset.Progress stop =
        (done, total) -> {
          throw new FacetException(ExitCode.INTERRUPTED, "stop");
        };
    assertThatThrownBy(() -> CachedDataset.fill(items, 8, 0, 2, stop)).hasMessage("stop");
  }

  @Test
  void lowResolutionCopiesAreTheHardDomain() {
    GeneratedFaces easy = detailed();
    var data = new LowResolutionCopies(easy, 4, 6, 1);
    assertThat(data.describe()).isEqualTo("12 images of 2 people (6 easy, 6 hard)");
    assertThat(data.item(8).identity()).isEqualTo(easy.item(2).identity());
    assertThat(data.resolution(2)).isZero();
    assertThat(IntStream.range(6, 12).map(data::resolution)).allMatch(r -> 4 <= r && r <= 6);
    var sharp = new byte[3 * 24 * 24];
    var low = new byte[sharp.length];
    var again = new byte[sharp.length];
    data.load(2, 24, sharp);
    data.load(8, 24, low);
    data.load(8, 24, again);
    assertThat(again).isEqualTo(low);
    assertThat(roughness(low)).isLessThan(roughness(sharp) / 4);
    assertThatThrownBy(() -> new LowResolutionCopies(easy, 6, 4, 1))
        .hasMessageContaining("from 6 to 4 pixels");
  }

  private static GeneratedFaces detailed() {
    var items = TestImages.faces(2, 3, 0);
    return new GeneratedFaces(
        IntStream.range(0, 6).mapToObj(items::item).toList(),
        (index, size, rgb) -> {
          for (int i = 0; i < 3 * size * size; i++) {
            rgb[i] = (byte) new RandomStream(index).bits(i);
          }
        });
  }

  private static double roughness(byte[] rgb) {
    double sum = 0;
    for (int i = 3; i < rgb.length; i++) {
      sum += Math.abs((rgb[i] & 0xff) - (rgb[i - 3] & 0xff));
    }
    return sum;
  }
}

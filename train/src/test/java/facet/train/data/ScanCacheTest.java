package facet.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.folder.ImageFolder;
import facet.train.data.source.Faces;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScanCacheTest {
  private static final long UNSURE = 300;

  @TempDir private Path temp;
  private Path root;
  private ScanCache cache;

  @BeforeEach
  void images() throws IOException, InterruptedException {
    root = temp.resolve("faces");
    cache = new ScanCache(temp.resolve("cache/scans"), "facet 1", UNSURE);
    for (var file : new String[] {"a/1.png", "a/2.png", "b/1.png"}) {
      var path = root.resolve(file);
      Files.createDirectories(path.getParent());
      ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", path.toFile());
    }
    Thread.sleep(UNSURE + 50); // files that have just changed are not trusted
  }

  private ScanCache.Entry entry() {
    return cache.entry(ImageFolder.open(root));
  }

  @Test
  void findsWhatWasFoundInTheSameFilesOnly() throws IOException, InterruptedException {
    var entry = entry();
    assertThat(entry.read()).as("nothing yet").isNull();
    var found = new TreeMap<>(Map.of(1, "a/2.png: it is damaged\tand more"));
    entry.write(found);
    assertThat(entry().read()).isEqualTo(found);
    assertThat(
            new ScanCache(cache.folder(), "facet 2", UNSURE).entry(ImageFolder.open(root)).read())
        .as("another program")
        .isNull();

    var image = root.resolve("a/1.png");
    var time = Files.getLastModifiedTime(image);
    var bytes = Files.readAllBytes(image);
    bytes[bytes.length - 20] ^= 1;
    Files.write(image, bytes);
    Files.setLastModifiedTime(image, time);
    assertThat(entry()).as("an image that has just changed").isNull();
    Thread.sleep(UNSURE + 50);
    assertThat(entry().read()).as("an image of the same size and time").isNull();
  }

  @Test
  void aDamagedEntryIsNone() throws IOException {
    var entry = entry();
    entry.write(Map.of(1, "it is damaged"));
    var text = Files.readString(entry.file());
    for (var damaged :
        new String[] {"", "\n", text.substring(0, text.length() - 3), text.replace("1\t", "0\t")}) {
      Files.writeString(entry.file(), damaged);
      assertThat(entry.read()).as(damaged).isNull();
    }
    Files.writeString(entry.file(), text);
    assertThat(entry.read()).containsOnlyKeys(1);
    Files.delete(entry.file());
    Files.createDirectory(entry.file());
    assertThat(entry.read()).isNull();
    entry.write(Map.of()); // cannot be kept, which is no error
  }

  @Test
  void trainingTakesOverWhatAnEarlierScanFound() {
    entry().write(Map.of(1, "a/2.png: it is damaged"));
    var log = new ArrayList<String>();
    var files = ImageFolder.open(root);
    var lenient = new Faces(8, 9, false, 1, log::add, cache, (done, total) -> {});
    assertThat(lenient.training().cached("faces", files).size()).isEqualTo(2);
    assertThat(log).anyMatch(line -> line.contains("looked at in an earlier run"));
    assertThat(log).anyMatch(line -> line.contains("left out: a/2.png"));
    var strict = new Faces(8, 0, true, 1, log::add, cache, (done, total) -> {});
    assertThatThrownBy(() -> strict.cached("faces", files)).hasMessageContaining("a/2.png");
    assertThat(lenient.cached("faces", files).size()).as("an evaluation looks itself").isEqualTo(3);
  }

  @Test
  void anImageThatCouldNotBeReadIsLookedAtAgain() throws IOException {
    Files.write(root.resolve("a/2.png"), new byte[] {1, 2, 3});
    var files = ImageFolder.open(root);
    var entry = new ScanCache.Entry(temp.resolve("entry"), 3);
    Files.delete(root.resolve("b/1.png")); // as if a server failed
    entry.keep(ImageScan.of(files, 8, false, 1, (done, total) -> {}));
    assertThat(entry.read()).as("it may be there again").isNull();
    Files.copy(root.resolve("a/1.png"), root.resolve("b/1.png"));
    entry.keep(ImageScan.of(files, 8, false, 1, (done, total) -> {}));
    assertThat(entry.read()).as("damage stays").containsOnlyKeys(1);
  }

  @Test
  void imagesAreDecodedOnceWhenAskedFor() throws IOException {
    var files = ImageFolder.open(root);
    var scan = ImageScan.known(files, 8, Map.of(1, "a/2.png: it is damaged"));
    assertThatThrownBy(() -> scan.checked(0, true, line -> {})).hasMessageContaining("a/2.png");
    var kept = new KeptDataset(scan.checked(9, true, line -> {}), 8);
    assertThat(kept.size()).isEqualTo(2);
    var expected = new byte[3 * 8 * 8];
    var rgb = new byte[3 * 8 * 8];
    for (var i = 0; i < 2; i++) {
      assertThat(kept.item(i)).isEqualTo(files.item(2 * i));
      files.load(2 * i, 8, expected);
      kept.load(i, 8, rgb);
      assertThat(rgb).isEqualTo(expected);
    }
    Files.delete(root.resolve("b/1.png"));
    rgb = new byte[rgb.length];
    kept.load(1, 8, rgb);
    assertThat(rgb).as("from memory").isEqualTo(expected);
  }
}

package facet.bench;

import facet.train.data.CachedDataset;
import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.batch.Augmentation;
import facet.train.data.batch.BatchLoader;
import facet.train.data.batch.ClassificationSampler;
import facet.train.data.folder.ImageFolder;
import facet.train.data.synthetic.SyntheticFaces;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import javax.imageio.ImageIO;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/// How fast do batches of images arrive when the network takes no time: rendered, decoded from JPEG
/// files, copied from memory? One thread loads, as in training.
public class DataLoadingBenchmark extends OnCpu {
  /// Where images come from.
  public enum Source {
    SYNTHETIC,
    JPEG,
    MEMORY
  }

  static final int BATCH = 64;
  private static final int SIDE = 112;
  private static final int PEOPLE = 16;
  private static final int IMAGES_EACH = 8;

  @Param({"SYNTHETIC", "JPEG", "MEMORY"})
  public Source source;

  private Path folder;
  private BatchLoader loader;

  @Override
  protected void prepare() throws IOException {
    folder = Files.createTempDirectory("facet-bench");
    var faces = new SyntheticFaces(1, PEOPLE, IMAGES_EACH, 0, SIDE);
    var data =
        switch (source) {
          case SYNTHETIC -> faces.dataset();
          case JPEG -> jpegs(faces);
          case MEMORY -> CachedDataset.fill(faces.dataset(), SIDE, 0, 1, (done, all) -> {});
        };
    var sampler = new ClassificationSampler(data, BATCH, 1);
    loader =
        new BatchLoader(
            new BatchLoader.Source(data, sampler, Augmentation.FLIP, SIDE, 1), 0, 0, 3, 1);
  }

  private FaceDataset jpegs(SyntheticFaces faces) throws IOException {
    for (var person = 0; person < PEOPLE; person++) {
      var home = Files.createDirectory(folder.resolve("person-" + person));
      for (var i = 0; i < IMAGES_EACH; i++) {
        var image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        var rgb = faces.render(person, Domain.EASY, i);
        for (var at = 0; at < SIDE * SIDE; at++) {
          var pixel =
              (rgb[3 * at] & 255) << 16 | (rgb[3 * at + 1] & 255) << 8 | rgb[3 * at + 2] & 255;
          image.setRGB(at % SIDE, at / SIDE, pixel);
        }
        ImageIO.write(image, "jpg", home.resolve(i + ".jpg").toFile());
      }
    }
    return ImageFolder.open(folder);
  }

  @Benchmark
  public Object nextBatch() {
    return loader.next();
  }

  @TearDown
  public void delete() throws IOException {
    loader.close();
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}

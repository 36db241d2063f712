package facet.train.cli;

import facet.train.data.Domain;
import facet.train.data.image.ImageEncoder;
import facet.train.data.image.RgbImage;
import facet.train.data.synthetic.SyntheticFaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A folder of synthetic people, as a user has his own.
final class DrawnFaces {
  private static final int SIZE = 24;

  private DrawnFaces() {}

  /// Draws `people` people with easy and hard images into `root/p0`, `root/p1`, ...
  static void draw(Path root, int people) throws IOException {
    var faces = new SyntheticFaces(3, people, 4, 3, SIZE);
    for (var person = 0; person < people; person++) {
      for (var domain : Domain.values()) {
        var folder = root.resolve("p" + person).resolve(domain.folder());
        Files.createDirectories(folder);
        for (var i = 0; i < faces.samples(domain); i++) {
          var image = new RgbImage(SIZE, SIZE, faces.render(person, domain, i));
          Files.write(folder.resolve(i + ".png"), ImageEncoder.png(image));
        }
      }
    }
  }
}

package facet.train.cli;

import facet.train.data.Domain;
import facet.train.data.synthetic.SyntheticFaces;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

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
          write(folder.resolve(i + ".png"), faces.render(person, domain, i));
        }
      }
    }
  }

  private static void write(Path file, byte[] rgb) throws IOException {
    var image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    for (var i = 0; i < SIZE * SIZE; i++) {
      var value = (rgb[3 * i] & 255) << 16 | (rgb[3 * i + 1] & 255) << 8 | rgb[3 * i + 2] & 255;
      image.setRGB(i % SIZE, i / SIZE, value);
    }
    ImageIO.write(image, "png", file.toFile());
  }
}

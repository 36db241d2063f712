package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import facet.nn.io.SafetensorsReader;
import facet.nn.io.SafetensorsWriter;
import facet.train.data.Domain;
import facet.train.data.synthetic.SyntheticFaces;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/// Bad data, bad checkpoints and diverging training as a user meets them: one clear line, the right
/// exit code and nothing half-written.
class BadInputTest extends SmallTrainings {
  @Test
  void badDataIsNamedAndNothingIsWritten() throws IOException {
    expectDataError(
        CommandLineRun.of("train", "--data", temp.resolve("none")), "none: no such folder");
    Files.createDirectories(temp.resolve("empty"));
    expectDataError(
        CommandLineRun.of("train", "--data", temp.resolve("empty")), "empty: holds no folders");
    expectDataError(train("--people", "1"), "at least 2 people");
    expectDataError(train("--people", "1-9"), "9");
    expectDataError(train("--batch-size", 4000), "A batch of 4,000 images is larger");
    expectDataError(train("--loss", "ddl"), "needs 8 people");
    assertThat(temp.resolve("runs")).doesNotExist();
  }

  private static void expectDataError(CommandLineRun result, String part) {
    assertThat(result.err()).contains(part).doesNotContain("\tat ");
    assertThat(result.err().strip().lines()).hasSize(1);
    assertThat(result.code()).isEqualTo(3);
  }

  @Test
  void aTruncatedImageIsNamedOrLeftOut() throws IOException {
    var broken = temp.resolve("broken");
    for (var person : List.of("a", "b")) {
      Files.createDirectories(broken.resolve(person));
      for (var i = 0; i < 5; i++) {
        var rgb = new SyntheticFaces(5, 2, 5, 0, 24).render(person.charAt(0) - 'a', Domain.EASY, i);
        var image = new BufferedImage(24, 24, BufferedImage.TYPE_INT_RGB);
        for (var k = 0; k < 24 * 24; k++) {
          image.setRGB(k % 24, k / 24, (rgb[3 * k] & 255) * 0x010101);
        }
        ImageIO.write(image, "jpg", broken.resolve(person).resolve(i + ".jpg").toFile());
      }
    }
    var cut = broken.resolve("b/3.jpg");
    var bytes = Files.readAllBytes(cut);
    Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
    var refused = train("--data", broken);
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.err()).contains("3.jpg");
    assertThat(train("--data", broken, "--skip-corrupt").code()).isZero();
  }

  @Test
  void aPairListWithAMissingFileNamesTheLine() throws IOException {
    assertThat(train().code()).isZero();
    var pairs = temp.resolve("pairs.txt");
    Files.writeString(pairs, "p0/easy/0.png p0/easy/1.png 1\np0/easy/0.png p9/easy/1.png 0\n");
    var result = onFaces("eval", "--pairs", pairs);
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.err()).contains("pairs.txt", "2", "p9/easy/1.png");
  }

  @Test
  void aCheckpointOfAnotherModelOrADamagedOneIsRefused() throws IOException {
    assertThat(train().code()).isZero();
    var other = train("--init", checkpoint("run"), "--width", 8);
    assertThat(other.code()).isEqualTo(3);
    assertThat(other.err())
        .contains("conv1.weight", "[4, 3, 3, 3]", "[8, 3, 3, 3]")
        .contains("last.safetensors");

    var bytes = Files.readAllBytes(checkpoint("run"));
    bytes[bytes.length - 100] ^= 1;
    var flipped = temp.resolve("flipped.safetensors");
    Files.write(flipped, bytes);
    var damaged =
        CommandLineRun.of("eval", "--checkpoint", flipped, "--data", shared.resolve("faces"));
    assertThat(damaged.code()).isEqualTo(3);
    assertThat(damaged.err()).contains("flipped.safetensors", "checksum");
  }

  @Test
  void aCheckpointWithASenselessHeaderIsRefused() throws IOException {
    assertThat(train("--max-steps", 1).code()).isZero();
    for (var change :
        List.of(
            "width=-5",
            "width=x",
            "width=8",
            "size=7",
            "size=64",
            "embedding=2147483647",
            "embedding=9",
            "dropout=NaN",
            "depths=1",
            "depths=1,2",
            "depths=1000,1000",
            "size=")) {
      var file = mutated(change.split("=")[0], change.substring(change.indexOf('=') + 1));
      var result =
          CommandLineRun.of("eval", "--checkpoint", file, "--data", shared.resolve("faces"));
      assertThat(result.err()).as(change).contains("mutated.safetensors: its header");
      assertThat(result.err().strip().lines()).hasSize(1);
      assertThat(result.code()).isEqualTo(3);
    }
  }

  /// The checkpoint `run` with another value in its header.
  private Path mutated(String key, String value) throws IOException {
    var writer = new SafetensorsWriter();
    try (var reader = SafetensorsReader.open(checkpoint("run"))) {
      reader
          .metadata()
          .forEach(
              (k, v) -> {
                if (!k.equals("crc32c") && !k.equals("writer")) {
                  writer.metadata(k, k.equals(key) ? value : v);
                }
              });
      for (var tensor : reader.shapes().entrySet()) {
        writer.add(tensor.getKey(), tensor.getValue(), reader.floats(tensor.getKey()), 0);
      }
    }
    var file = temp.resolve("mutated.safetensors");
    writer.write(file);
    return file;
  }

  @Test
  void aLossThatIsNotFiniteEndsTheRunAndKeepsTheCheckpoints() {
    assertThat(train("--name", "fine").code()).isZero();
    var result = train("--lr", 1e30, "--clip", 0, "--name", "diverges");
    assertThat(result.code()).isEqualTo(5);
    assertThat(result.err()).contains("The loss is").contains("step").contains("--lr");
    var decays = train("--weight-decay", 1e30, "--save-every", 1, "--name", "decays");
    assertThat(decays.code()).isEqualTo(5);
    var eval =
        CommandLineRun.of(
            "eval", "--checkpoint", checkpoint("decays"), "--data", shared.resolve("faces"));
    assertThat(eval.err()).doesNotContain("NaN at element"); // what was saved is finite
  }
}

package facet.train.training;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import facet.kernels.cpu.CpuBackend;
import facet.nn.IResNet;
import facet.nn.IResNetSpec;
import facet.nn.NetworkFile.Hints;
import facet.nn.Parameters;
import facet.tensor.Scope;
import facet.train.config.ArmOptions;
import facet.train.config.ExperimentFile;
import facet.train.config.TrainOptions;
import facet.train.data.Ordinals;
import facet.train.data.align.LandmarkFile;
import facet.train.data.align.Warp;
import facet.train.data.folder.DomainFolders;
import facet.train.data.folder.ImageList;
import facet.train.data.folder.PairList;
import facet.train.data.image.ImageDecoder;
import facet.train.data.packed.RecordFaces;
import facet.train.data.packed.RecordWriter;
import facet.train.data.packed.VerificationBin;
import facet.train.error.FacetException;
import facet.train.eval.TemplateSet;
import facet.train.run.Checkpoint;
import facet.train.text.Json;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every reader of files that may come from anywhere, over mutations of good files: it answers or
/// ends in a [FacetException], within a second and in little memory. The seed is fixed; how many
/// mutations each reader gets is the property `facet.fuzz`, for a longer search.
class ReaderFuzzTest {
  private static final int MUTATIONS = Integer.getInteger("facet.fuzz", 1500);
  private static final long MAX_BYTES = 64L << 20;
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// What mutations put in: what separates, nests, escapes, counts.
  private static final String SYNTAX = "\t\n ,:;[]{}&*\"'\\#-./|<>0123456789eE\0\u007f";

  @TempDir private Path temp;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// Lets `reader` loose on mutations of `seed` under the name `name`.
  private void fuzz(String name, byte[] seed, Consumer<Path> reader) throws IOException {
    var file = Files.write(temp.resolve(name), seed);
    reader.accept(file); // the seed itself is good
    var random = new SplittableRandom(name.hashCode());
    var refused = 0;
    for (var i = 0; i < MUTATIONS; i++) {
      var mutant = mutate(seed, random);
      // A new file each time: one that is mapped into memory must not shrink, and one that is
      // cut off and written again waits for the disk.
      Files.deleteIfExists(temp.resolve(i % 100 + name));
      var changed = Files.write(temp.resolve(i % 100 + name), mutant);
      var bytes = threads.getCurrentThreadAllocatedBytes();
      var start = threads.getCurrentThreadCpuTime(); // of this thread: machines are busy
      try {
        reader.accept(changed);
      } catch (FacetException e) {
        refused++;
        assertThat(e.getMessage()).as("mutation %d of %s", i, name).isNotBlank();
      } catch (RuntimeException | Error e) {
        throw new AssertionError("mutation " + i + " of " + name + ": " + e, e);
      }
      assertThat(threads.getCurrentThreadCpuTime() - start)
          .as("time of %d of %s", i, name)
          .isLessThan(MAX_NANOS);
      assertThat(threads.getCurrentThreadAllocatedBytes() - bytes)
          .as("memory of %d of %s", i, name)
          .isLessThan(MAX_BYTES);
    }
    assertThat(refused).as(name).isGreaterThan(MUTATIONS / 20);
  }

  private static byte[] mutate(byte[] seed, SplittableRandom random) {
    var bytes = seed.clone();
    for (var edits = 1 + random.nextInt(4); edits > 0 && bytes.length > 0; edits--) {
      var at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes[at] = (byte) SYNTAX.charAt(random.nextInt(SYNTAX.length()));
        case 3 -> bytes = Arrays.copyOf(bytes, at);
        case 4 -> { // a piece again, somewhere else
          var length = random.nextInt(Math.min(64, bytes.length - at) + 1);
          System.arraycopy(bytes, at, bytes, random.nextInt(bytes.length - length + 1), length);
        }
        default -> { // a piece many times
          var length = random.nextInt(Math.min(16, bytes.length - at) + 1);
          var out = new ByteArrayOutputStream();
          out.write(bytes, 0, at);
          for (var k = random.nextInt(50); k >= 0; k--) {
            out.write(bytes, at, length);
          }
          out.write(bytes, at, bytes.length - at);
          bytes = out.toByteArray();
        }
      }
    }
    return bytes;
  }

  private static byte[] picture(String format) throws IOException {
    var image = new BufferedImage(12, 12, BufferedImage.TYPE_INT_RGB);
    for (var i = 0; i < 144; i++) {
      image.setRGB(i % 12, i / 12, i * 70_007);
    }
    var out = new ByteArrayOutputStream();
    ImageIO.write(image, format, out);
    return out.toByteArray();
  }

  private Path images() throws IOException {
    for (var person : List.of("a", "b")) {
      for (var i = 1; i <= 3; i++) {
        var file = temp.resolve("faces").resolve(person).resolve(person + "_000" + i + ".png");
        Files.createDirectories(file.getParent());
        Files.write(file, picture("png"));
      }
    }
    return temp.resolve("faces");
  }

  private void fuzzText(String name, String seed, Consumer<Path> reader) throws IOException {
    fuzz(name, seed.getBytes(UTF_8), reader);
  }

  @Test
  void pictures() throws IOException {
    for (var format : List.of("png", "jpeg", "bmp", "gif")) {
      fuzz("x." + format, picture(format), ImageDecoder::decode);
    }
    for (var name : List.of("lossy.webp", "lossless.webp", "lossless-few-colours.webp")) {
      var webp = Objects.requireNonNull(ImageDecoder.class.getResourceAsStream("imread/" + name));
      fuzz("x.webp", webp.readAllBytes(), ImageDecoder::decode);
    }
    fuzzText("x.ppm", "P3 # c\n3 2 255\n" + "1 2 3 ".repeat(6), ImageDecoder::decode);
    fuzzText("x.pgm", "P5 3 2 255\nabcdef", ImageDecoder::decode);
  }

  @Test
  void lists() throws IOException {
    var root = images();
    var line = "a/a_0001.png a/a_0002.png 1\nb/b_0001.png\ta/a_0002.png\t0\n";
    fuzzText("pairs.txt", line.repeat(4), file -> PairList.read(file, root, DomainFolders.DEFAULT));
    fuzzText(
        "lfw.txt",
        "1 2\na 1 2\na 2 3\na 1 b 1\na 2 b 2\n",
        file -> PairList.read(file, root, DomainFolders.DEFAULT));
    fuzzText(
        "gallery.txt",
        "a/a_0001.png x\nb/b_0001.png y\n",
        file -> ImageList.read(file, root, DomainFolders.DEFAULT));
    var points = ",38,51,73,51,56,71,41,92,70,92\n";
    fuzzText("l.csv", "a/a_0001.png" + points + "b.png" + points, LandmarkFile::read);
    fuzzText(
        "head.csv",
        """
        path,nose_x,nose_y,left_eye_x,left_eye_y,left_mouth_x,left_mouth_y,score
        a,1,2,3,4,5,6,1
        """,
        LandmarkFile::read);
    var pairs = Files.writeString(temp.resolve("tp.txt"), "1 2 0\n1 1 1\n");
    fuzzText(
        "templates.txt",
        "a/a_0001.png 1 1\na/a_0002.png 1 2\nb/b_0001.png 2 3\n",
        file -> TemplateSet.read(paths(root, file, pairs, null, List.of())));
    var members = Files.writeString(temp.resolve("m.txt"), "a/a_0001.png 1 1\nb/b_0001.png 2 2\n");
    var gallery = Files.writeString(temp.resolve("g.txt"), "1 anna\n");
    fuzzText(
        "probes.csv",
        "TEMPLATE_ID,SUBJECT_ID,FILENAME\n2,anna,x.png\n2,anna,y.png\n",
        file -> TemplateSet.read(paths(root, members, null, file, List.of(gallery))));
  }

  private static TemplateSet.Paths paths(
      Path root, Path members, @Nullable Path pairs, @Nullable Path probes, List<Path> galleries) {
    return new TemplateSet.Paths(root, members, pairs, probes, galleries, null, Warp.AVERAGE);
  }

  @Test
  void yamlAndJson() throws IOException {
    fuzzText(
        "e.yaml",
        "data: faces\nseeds: 1-3\nbaseline: b\npretrain: {epochs: 1}\nfinetune:\n  lr: 0.1\n"
            + "arms:\n  b: {loss: head}\n  'd': {loss: ddl, easy: [x, \"y\"]}\n"
                .replace(", easy: [x, \"y\"]", ""),
        file -> {
          var read = ExperimentFile.read(file, new ArmOptions(), new TrainOptions());
          read.arms().keySet().forEach(arm -> read.arm(arm, new ArmOptions()));
        });
    fuzzText(
        "after.json",
        "{\"label\": \"x\", \"groups\": {\"a\": {\"tar\": {}, \"roc\": [1, 2.5, null]}}, \"b\":"
            + " []}",
        Json::read);
  }

  @Test
  void packedSets() throws IOException {
    var rec = temp.resolve("seed.rec");
    var picture = picture("png");
    var all = new ArrayList<RecordWriter.Image>();
    for (var i = 0; i < 4; i++) {
      all.add(new RecordWriter.Image(i / 2, Path.of("face.png"), () -> picture));
    }
    RecordWriter.write(rec, all);
    var index = Files.readAllBytes(temp.resolve("seed.idx"));
    fuzz("x.rec", Files.readAllBytes(rec), file -> readRecords(file, index));
    var records = Files.readAllBytes(rec);
    fuzz("x.idx", index, file -> readIndex(file, records));
    var bin = temp.resolve("seed.bin");
    VerificationBin.write(
        bin, List.of(picture, picture, picture, picture), new boolean[] {true, false});
    fuzz("x.bin", Files.readAllBytes(bin), file -> VerificationBin.read(file).pairs());
  }

  private static void readRecords(Path file, byte[] index) {
    try {
      Files.write(Path.of(file.toString().replaceFirst("rec$", "idx")), index);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var faces = RecordFaces.open(file, Ordinals.ALL, DomainFolders.DEFAULT, note -> {});
    for (var i = 0; i < faces.size(); i++) {
      faces.image(i);
    }
  }

  private void readIndex(Path file, byte[] records) {
    var rec = Path.of(file.toString().replaceFirst("idx$", "rec"));
    try {
      Files.write(rec, records);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    RecordFaces.open(rec, Ordinals.ALL, DomainFolders.DEFAULT, note -> {});
  }

  /// Without a checksum, as other programs write them: each change gets as far as it can.
  @Test
  void checkpoints() throws IOException {
    try (var backend = new CpuBackend(1);
        var scope = Scope.on(backend)) {
      var spec = new IResNetSpec("small", List.of(1, 1), 2, 16, 4, 0);
      var parameters = new Parameters(scope, 1);
      assertThat(new IResNet(parameters, spec).spec()).isEqualTo(spec);
      var file = temp.resolve("seed.safetensors");
      Checkpoint.save(file, new Checkpoint.State(parameters.all(), List.of()), spec.toMetadata());
      var text = new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
      for (var key : Map.of("crc32c", "crcxxx", "writer", "writex").entrySet()) {
        text = text.replace('"' + key.getKey() + '"', '"' + key.getValue() + '"');
      }
      fuzz(
          "x.safetensors",
          text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
          changed -> {
            try (var own = Scope.on(backend)) {
              Checkpoint.network(changed, Hints.NONE, own);
            }
          });
    }
  }
}

package facet.train.cli;

import facet.nn.io.DiskException;
import facet.nn.io.SafetensorsWriter;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.train.config.DataOptions;
import facet.train.config.DeviceOptions;
import facet.train.config.ModelOptions;
import facet.train.data.FaceDataset;
import facet.train.data.folder.ImageFiles;
import facet.train.error.FacetException;
import facet.train.eval.Embedder;
import facet.train.eval.Embeddings;
import facet.train.run.Console;
import facet.train.text.NumpyFile;
import facet.train.text.TextFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `facet embed`.
@Command(
    name = "embed",
    description = "Writes the embeddings of faces: of a folder of people, or of single images.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class EmbedCommand implements Runnable {
  @Mixin private ModelOptions model = new ModelOptions();
  @Mixin private DataOptions data = new DataOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Parameters(
      arity = "0..*",
      paramLabel = "IMAGE",
      description = "Image files, instead of --data; - reads their paths from standard input.")
  private List<Path> files = List.of();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description =
          "Where to write them: .csv (path, person, domain, norm, values), .safetensors (tensors"
              + " 'embeddings' [n, d], 'norm' [n] and 'person' [n]) or .npy (a matrix [n, d]); the"
              + " paths in a .txt beside the latter two.")
  private Path out = Path.of("");

  @Option(
      names = "--raw",
      description =
          "Leave the embeddings as long as they are, instead of 1. Their length is 'norm': with"
              + " AdaFace and MagFace the quality of the image. With the flip test both are of the"
              + " mean of two.")
  private boolean raw;

  @ParentCommand private Program program;

  @Override
  public void run() {
    var suffix = out.toString().replaceFirst(".*(?=\\.)", "");
    if (!List.of(".csv", ".safetensors", ".npy").contains(suffix)) {
      throw FacetException.usage(
          "--out is " + out + ", expected a name in .csv, .safetensors or .npy.");
    }
    var console = Console.standard();
    var images = images(console);
    var interrupt = program.interrupt();
    interrupt.watch("Stopping; the file that was begun is removed.");
    try (var backend = device.open();
        var scope = Scope.on(backend)) {
      var embedder = model.embedder(backend, scope);
      var source =
          new Source(
              embedder,
              images,
              done -> {
                interrupt.stopIfRaised("embedding; nothing was written");
                console.progress("Embedding", done, images.size());
              },
              raw,
              embedder.flipTest() ? 0.5f : 1);
      write(suffix, source);
      console.line("%,d embeddings of length %d: %s", images.size(), embedder.dim(), out);
    }
  }

  private FaceDataset images(Console console) {
    var faces = data.faces(model.size(), device, console);
    if (files.isEmpty()) {
      return data.open(faces);
    }
    if (data.data != null || data.people != null) {
      throw FacetException.usage("Name images or people of --data, not both.");
    }
    var listed = files.equals(List.of(Path.of("-"))) ? standardInput() : files;
    if (listed.isEmpty()) {
      throw FacetException.usage("Standard input names no images; write their paths, one a line.");
    }
    return faces.cached("Images", ImageFiles.of(listed));
  }

  private static List<Path> standardInput() {
    var reader = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
    return reader.lines().filter(line -> !line.isBlank()).map(Path::of).toList();
  }

  /// What is written, as it is computed: any number of embeddings takes the memory of a batch.
  ///
  /// @param raw whether embeddings stay as long as they are
  /// @param scale makes features those of one image
  private record Source(
      Embedder embedder, FaceDataset images, IntConsumer progress, boolean raw, float scale) {
    /// Takes `count` embeddings from image `from` on and their norms.
    interface Rows {
      void accept(int from, int count, float[] values, float[] norms) throws IOException;
    }

    void each(Rows rows) throws IOException {
      var dim = embedder.dim();
      embedder.each(
          images,
          progress,
          (from, count, features) -> {
            var values = Arrays.copyOf(features, count * dim);
            var norms = Embeddings.normalize(values, dim);
            for (var i = 0; i < count; i++) {
              norms[i] *= scale;
            }
            if (raw) {
              for (var i = 0; i < values.length; i++) {
                values[i] = features[i] * scale;
              }
            }
            rows.accept(from, count, values, norms);
          });
    }
  }

  private void write(String suffix, Source source) {
    switch (suffix) {
      case ".csv" -> TextFile.write(out, text -> writeCsv(source, text));
      case ".npy" ->
          NumpyFile.write(
              out,
              source.images.size(),
              source.embedder.dim(),
              rows -> source.each((from, count, values, norms) -> rows.write(values, count)));
      default -> writeTensors(source);
    }
    for (var paths : beside(out)) {
      TextFile.write(
          paths,
          text -> {
            for (var i = 0; i < source.images.size(); i++) {
              text.append(source.images.item(i).source()).append('\n');
            }
          });
    }
  }

  /// The file of the images' paths that is written beside some kinds of `--out`.
  static List<Path> beside(Path out) {
    var name = out.toString();
    return name.matches(".*\\.(npy|safetensors)")
        ? List.of(Path.of(name.replaceFirst("\\.[a-z]+$", ".txt")))
        : List.of();
  }

  private static void writeCsv(Source source, Writer text) throws IOException {
    var dim = source.embedder.dim();
    text.append("path,person,domain,norm");
    for (var k = 0; k < dim; k++) {
      text.append(",e").append(Integer.toString(k));
    }
    text.append('\n');
    source.each(
        (from, count, values, norms) -> {
          for (var i = 0; i < count; i++) {
            var item = source.images.item(from + i);
            text.append(quoted(item.source())).append(',').append(quoted(item.name())).append(',');
            text.append(item.domain().folder()).append(',').append(Float.toString(norms[i]));
            for (var k = i * dim; k < (i + 1) * dim; k++) {
              text.append(',').append(Float.toString(values[k]));
            }
            text.append('\n');
          }
        });
  }

  private static String quoted(String field) {
    return field.matches("[^,\"\\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
  }

  private void writeTensors(Source source) {
    var number = source.images.size();
    var dim = source.embedder.dim();
    requireRoom(number, dim);
    var all = new float[number * dim];
    var norm = new float[number];
    var person = new int[number];
    try {
      source.each(
          (from, count, values, norms) -> {
            System.arraycopy(values, 0, all, from * dim, values.length);
            System.arraycopy(norms, 0, norm, from, count);
          });
      for (var i = 0; i < number; i++) {
        person[i] = source.images.item(i).identity();
      }
      new SafetensorsWriter()
          .add("embeddings", Shape.of(number, dim), all, 0)
          .add("norm", Shape.of(number), norm, 0)
          .add("person", Shape.of(number), person)
          .write(out);
    } catch (DiskException e) {
      throw FacetException.disk(e);
    } catch (IOException e) {
      throw FacetException.disk(out, "free space", e);
    }
  }

  /// A tensor is collected before it is written, unlike text and NumPy's matrices.
  private void requireRoom(int number, int dim) {
    var elements = (long) number * dim;
    var most = Math.min(Integer.MAX_VALUE - 8L, Runtime.getRuntime().maxMemory() / Float.BYTES);
    if (elements > most) {
      throw FacetException.usage(
          "--out is %s, but %,d embeddings of length %,d are more than the %,d values that one"
              + " tensor can have here; write .npy or .csv.",
          out, number, dim, most);
    }
  }
}

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
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.Embeddings;
import facet.train.run.Console;
import facet.train.text.NumpyFile;
import facet.train.text.TextFile;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `facet embed`.
@Command(
    name = "embed",
    description = "Writes the embeddings of faces: of a folder of people, or of single images.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class EmbedCommand implements Callable<Integer> {
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
          "Where to write them: .csv (path, person, domain, norm, values), .safetensors (tensors "
              + "'embeddings' [n, d], 'norm' [n] and 'person' [n]) or .npy (a matrix [n, d]); the "
              + "paths in a .txt beside the latter two.")
  private Path out = Path.of("");

  @Option(
      names = "--raw",
      description =
          "Leave the embeddings as long as they are, instead of 1. Their length is 'norm': with"
              + " AdaFace and MagFace the quality of the image. With the flip test both are of the"
              + " mean of two.")
  private boolean raw;

  @Override
  public Integer call() {
    var suffix = out.toString().replaceFirst(".*(?=\\.)", "");
    if (!List.of(".csv", ".safetensors", ".npy").contains(suffix)) {
      throw FacetException.usage(
          "--out is " + out + ", expected a name in .csv, .safetensors or .npy.");
    }
    var console = Console.standard();
    var images = images(console);
    try (var backend = device.open();
        var scope = Scope.on(backend)) {
      var embedder = model.embedder(backend, scope);
      var values =
          embedder.features(images, done -> console.progress("Embedding", done, images.size()));
      write(suffix, images, values, embedder.dim(), embedder.flipTest() ? 0.5f : 1);
      console.line(
          String.format(
              Locale.ROOT, "%,d embeddings of length %d: %s", images.size(), embedder.dim(), out));
    }
    return ExitCode.OK.code();
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

  /// @param features of all images, `[n, dim]`
  /// @param scale makes them those of one image
  private void write(String suffix, FaceDataset images, float[] features, int dim, float scale) {
    var unit = features.clone();
    var norms = Embeddings.normalize(unit, dim);
    for (var i = 0; i < norms.length; i++) {
      norms[i] *= scale;
    }
    var values = unit;
    if (raw) {
      values = features;
      for (var i = 0; i < values.length; i++) {
        values[i] *= scale;
      }
    }
    switch (suffix) {
      case ".csv" -> TextFile.write(out, csv(images, values, norms, dim));
      case ".npy" -> NumpyFile.write(out, values, dim);
      default -> writeTensors(images, values, norms, dim);
    }
    if (!suffix.equals(".csv")) {
      var paths = new StringBuilder();
      for (var i = 0; i < images.size(); i++) {
        paths.append(images.item(i).source()).append('\n');
      }
      var name = out.toString();
      TextFile.write(
          Path.of(name.substring(0, name.length() - suffix.length()) + ".txt"), paths.toString());
    }
  }

  private static String csv(FaceDataset images, float[] values, float[] norms, int dim) {
    var text = new StringBuilder("path,person,domain,norm");
    for (var k = 0; k < dim; k++) {
      text.append(",e").append(k);
    }
    text.append('\n');
    for (var i = 0; i < images.size(); i++) {
      var item = images.item(i);
      text.append(quoted(item.source())).append(',').append(quoted(item.name())).append(',');
      text.append(item.domain().folder()).append(',').append(norms[i]);
      for (var k = 0; k < dim; k++) {
        text.append(',').append(values[i * dim + k]);
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String quoted(String field) {
    return field.matches("[^,\"\\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
  }

  private void writeTensors(FaceDataset images, float[] values, float[] norms, int dim) {
    var person = new int[images.size()];
    for (var i = 0; i < person.length; i++) {
      person[i] = images.item(i).identity();
    }
    try {
      new SafetensorsWriter()
          .add("embeddings", Shape.of(person.length, dim), values, 0)
          .add("norm", Shape.of(person.length), norms, 0)
          .add("person", Shape.of(person.length), person)
          .write(out);
    } catch (DiskException problem) {
      throw new FacetException(ExitCode.DISK, problem.getMessage(), problem);
    }
  }
}

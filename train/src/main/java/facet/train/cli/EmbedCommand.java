package facet.train.cli;

import facet.nn.io.DiskException;
import facet.nn.io.SafetensorsWriter;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.train.config.DataOptions;
import facet.train.config.DeviceOptions;
import facet.train.config.ModelOptions;
import facet.train.data.FaceDataset;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.Embeddings;
import facet.train.run.Console;
import facet.train.text.TextFile;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `facet embed`.
@Command(
    name = "embed",
    description = "Writes the embeddings of a folder of faces, each of length 1.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class EmbedCommand implements Callable<Integer> {
  @Mixin private ModelOptions model = new ModelOptions();
  @Mixin private DataOptions data = new DataOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description =
          "Where to write them: .csv (path, person, domain, values) or .safetensors (tensors "
              + "'embeddings' [n, d] and 'person' [n]; the paths in a .txt beside it).")
  private Path out = Path.of("");

  @Override
  public Integer call() {
    var name = out.toString();
    if (!name.endsWith(".csv") && !name.endsWith(".safetensors")) {
      throw FacetException.usage(
          String.format(Locale.ROOT, "--out is %s, expected a name in .csv or .safetensors.", out));
    }
    var console = Console.standard();
    var images = data.open(data.faces(model.size(), device, console));
    try (var backend = device.open();
        var scope = Scope.on(backend)) {
      var embeddings =
          model
              .embedder(backend, scope)
              .embed(images, done -> console.progress("Embedding", done, images.size()));
      if (name.endsWith(".csv")) {
        TextFile.write(out, csv(images, embeddings));
      } else {
        writeTensors(images, embeddings);
      }
      console.line(
          String.format(
              Locale.ROOT,
              "%,d embeddings of length %d: %s",
              images.size(),
              embeddings.dim(),
              out));
    }
    return ExitCode.OK.code();
  }

  private static String csv(FaceDataset images, Embeddings e) {
    var text = new StringBuilder("path,person,domain");
    for (var k = 0; k < e.dim(); k++) {
      text.append(",e").append(k);
    }
    text.append('\n');
    for (var i = 0; i < images.size(); i++) {
      var item = images.item(i);
      text.append(quoted(item.source())).append(',').append(quoted(item.name())).append(',');
      text.append(item.domain().folder());
      for (var k = 0; k < e.dim(); k++) {
        text.append(',').append(e.values()[i * e.dim() + k]);
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String quoted(String field) {
    return field.matches("[^,\"\\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
  }

  private void writeTensors(FaceDataset images, Embeddings e) {
    var person = new int[images.size()];
    var paths = new StringBuilder();
    for (var i = 0; i < person.length; i++) {
      person[i] = images.item(i).identity();
      paths.append(images.item(i).source()).append('\n');
    }
    try {
      new SafetensorsWriter()
          .add("embeddings", Shape.of(person.length, e.dim()), e.values(), 0)
          .add("person", Shape.of(person.length), person)
          .write(out);
    } catch (DiskException problem) {
      throw new FacetException(ExitCode.DISK, problem.getMessage(), problem);
    }
    TextFile.write(Path.of(out.toString().replaceFirst("safetensors$", "txt")), paths.toString());
  }
}

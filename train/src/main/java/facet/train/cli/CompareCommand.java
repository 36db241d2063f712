package facet.train.cli;

import static facet.train.error.Printable.format;

import facet.tensor.Scope;
import facet.train.config.DeviceOptions;
import facet.train.config.ModelOptions;
import facet.train.data.folder.ImageFiles;
import facet.train.run.Console;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `facet compare`.
@Command(
    name = "compare",
    description =
        "Says how similar aligned faces are: the cosine of their embeddings, from -1 to 1; of more"
            + " than two a line each pair.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class CompareCommand implements Runnable {
  @Mixin private ModelOptions model = new ModelOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Parameters(arity = "2..*", paramLabel = "IMAGE", description = "Two image files or more.")
  private List<Path> images = List.of();

  @Override
  public void run() {
    model.size(); // says what the network is, before it is built
    var faces = ImageFiles.of(images);
    try (var backend = device.open();
        var scope = Scope.on(backend)) {
      var embeddings = model.embedder(backend, scope).embed(faces, done -> {});
      for (int i = 0; i < images.size(); i++) {
        for (int j = i + 1; j < images.size(); j++) {
          var cosine = format("%.4f", embeddings.cosine(i, j));
          var names = images.size() == 2 ? "" : "\t" + images.get(i) + "\t" + images.get(j);
          Console.standard().line("%s%s", cosine, names);
        }
      }
    }
  }
}

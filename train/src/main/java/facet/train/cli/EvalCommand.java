package facet.train.cli;

import facet.tensor.Scope;
import facet.train.ExitCode;
import facet.train.eval.Evaluation;
import facet.train.run.Console;
import facet.train.run.TextFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `facet eval`.
@Command(
    name = "eval",
    description =
        "Evaluates a trained network on people or pairs: accuracy in folds, TAR@FAR, margin and"
            + " overlap.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class EvalCommand implements Callable<Integer> {
  @Mixin private ModelOptions model = new ModelOptions();
  @Mixin private DataOptions data = new DataOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write every figure to this file, too.")
  private @Nullable Path json;

  @Override
  public Integer call() {
    var console = Console.standard();
    var faces = data.faces(model.size(), device, console);
    var opened = validation.open(data, faces);
    if (opened == null) {
      opened = new ValidationOptions.Data("faces", data.open(faces), null);
    }
    var total = opened.images().size();
    try (var backend = device.open();
        var scope = Scope.on(backend)) {
      var embedder = model.embedder(backend, scope);
      var evaluation =
          new Evaluation(embedder, done -> console.progress("Evaluating", done, total));
      var report = opened.evaluate(evaluation);
      report.logLines(0).forEach(console::line);
      console.line(report.table());
      if (json != null) {
        TextFile.write(json, report.json());
      }
    }
    return ExitCode.OK.code();
  }
}

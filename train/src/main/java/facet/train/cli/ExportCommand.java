package facet.train.cli;

import static facet.train.error.Printable.format;

import facet.kernels.Devices;
import facet.nn.ModelState;
import facet.nn.NetworkFile;
import facet.nn.NetworkSpec;
import facet.nn.OnnxExport;
import facet.nn.OnnxExport.Layout;
import facet.nn.Parameter;
import facet.nn.Parameters;
import facet.nn.io.DiskException;
import facet.nn.io.TorchWriter;
import facet.tensor.Scope;
import facet.train.config.CheckpointPath;
import facet.train.config.ForeignOptions;
import facet.train.error.FacetException;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `facet export`.
@Command(
    name = "export",
    description =
        "Writes the network of a checkpoint alone, without head and momentum, for Python (weights"
            + " under its authors' names) or for ONNX Runtime.",
    mixinStandardHelpOptions = true)
public final class ExportCommand implements Runnable {
  @Option(
      names = "--checkpoint",
      paramLabel = "FILE|RUN",
      required = true,
      converter = CheckpointPath.class,
      description =
          "The checkpoint of a run (of the run's folder: its best), or a network that others"
              + " trained.")
  private Path checkpoint = Path.of("");

  @Mixin private ForeignOptions foreign = new ForeignOptions();

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "The side of its input, where a network that others trained leaves it open.")
  private @Nullable Integer size;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description =
          "The file to write: .safetensors (Facet's and Python's), .pth (torch.load) or .onnx"
              + " (operator set 17, batches of any size).")
  private Path out = Path.of("");

  @Option(
      names = "--layout",
      paramLabel = "ORDER",
      description = "For .onnx: the axes of the input, nchw or nhwc. Default: nchw.")
  private @Nullable Layout layout;

  @Option(
      names = "--pixels",
      description =
          "For .onnx: the input is pixels, 0 to 255. Default: (pixel - 127.5) / 127.5, as the"
              + " network was trained.")
  private boolean pixels;

  @Option(names = "--no-fold", description = "For .onnx: leave batch norms as nodes of their own.")
  private boolean unfolded;

  @Override
  public void run() {
    var suffix = suffix();
    try (var found = foreign.openAsIs(checkpoint, size);
        var backend = Devices.open("cpu", 1);
        var scope = Scope.on(backend)) {
      var spec = found.spec();
      var parameters = new Parameters(scope, 0);
      spec.build(parameters);
      Checkpoint.initialize(checkpoint, foreign.hints(size), parameters.all())
          .ifPresent(Console.standard()::line);
      write(suffix, spec, parameters.all());
      Console.standard()
          .line(
              format(
                  "%s: %s, %d tensors, images of %d x %d pixels, RGB",
                  out, spec.name(), parameters.all().size(), spec.size(), spec.size()));
      if (suffix.equals(".pth") && sizeTaken() != spec.size()) {
        Console.standard()
            .line("A .pth does not say that: read it here with --size " + spec.size() + ".");
      }
    }
  }

  /// The side of the images that the written file will be taken to need.
  private int sizeTaken() {
    try (var written = Checkpoint.open(out, NetworkFile.Hints.NONE)) {
      return written.spec().size();
    }
  }

  /// The suffix of `--out`, one of those that can be written with these options.
  private String suffix() {
    var suffix = out.toString().replaceFirst(".*(?=\\.)", "");
    if (!List.of(".safetensors", ".pth", ".onnx").contains(suffix)) {
      throw FacetException.usage(
          "--out is " + out + ", expected a name in .safetensors, .pth or .onnx.");
    }
    if (!suffix.equals(".onnx") && (layout != null || pixels || unfolded)) {
      throw FacetException.usage("--layout, --pixels and --no-fold are for .onnx; leave them out.");
    }
    return suffix;
  }

  private void write(String suffix, NetworkSpec spec, List<Parameter> parameters) {
    try {
      switch (suffix) {
        case ".onnx" ->
            OnnxExport.write(
                out,
                spec,
                parameters,
                new OnnxExport.Options(layout == null ? Layout.NCHW : layout, pixels, !unfolded));
        case ".pth" -> {
          var writer = new TorchWriter();
          ModelState.save(writer, parameters);
          writer.write(out);
        }
        default ->
            Checkpoint.save(out, new Checkpoint.State(parameters, List.of()), spec.toMetadata());
      }
    } catch (DiskException e) {
      throw FacetException.disk(e);
    }
  }
}

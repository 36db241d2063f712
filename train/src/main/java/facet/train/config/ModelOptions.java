package facet.train.config;

import facet.nn.Network;
import facet.nn.NetworkFile;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.train.eval.Embedder;
import facet.train.run.Checkpoint;
import facet.train.run.Console;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which trained network to run, and how.
public final class ModelOptions {
  /// Of a tensor.
  private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE|RUN",
      required = true,
      converter = CheckpointPath.class,
      description =
          "The trained network: a run, for its best checkpoint, a .safetensors file of one, or a"
              + " .pth, .pt or .safetensors file that others trained with PyTorch (IResNet"
              + " and MobileFaceNet of insightface, IR and IR-SE of TFace, AdaFace, CVLface,"
              + " face.evoLVe and InsightFace_Pytorch).")
  public Path checkpoint = Path.of("");

  @Mixin private ForeignOptions foreign = new ForeignOptions();

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description =
          "The side of its input, where such a file leaves it open. Default: 112 for the usual"
              + " networks, 56 for iresnet-tiny, else the largest that fits the weights.")
  private @Nullable Integer size;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Images of one pass. Default: ${DEFAULT-VALUE}.")
  public int batchSize = 64;

  @Option(
      names = "--no-flip",
      description = "Leave the flip test out: do not add the embedding of the mirrored image.")
  public boolean noFlip;

  /// The network in the file; says on the console what it is if the file does not.
  public NetworkFile open() {
    var network = foreign.openAsIs(checkpoint, size);
    if (network.isForeign()) {
      Console.standard().line(network.describe());
    }
    return network;
  }

  /// The side of the network's input in pixels.
  public int size() {
    try (var network = open()) {
      return network.spec().size();
    }
  }

  /// The network, its parameters in `scope`.
  public Embedder embedder(Backend backend, Scope scope) {
    Network network = Checkpoint.network(checkpoint, foreign.hints(size), scope);
    var spec = network.spec();
    var most = MAX_ELEMENTS / (spec.size() * spec.size() * Math.max(3, spec.width()));
    if (batchSize < 1 || batchSize > most) {
      throw Checks.wrong("batch-size", batchSize, "1 to " + most);
    }
    return new Embedder(
        network.folded(scope), backend, spec.size(), spec.embedding(), batchSize, !noFlip);
  }
}

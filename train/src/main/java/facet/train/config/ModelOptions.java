package facet.train.config;

import facet.nn.IResNet;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.train.eval.Embedder;
import facet.train.run.Checkpoint;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Which trained network to run, and how.
public final class ModelOptions {
  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      required = true,
      description = "The trained network: a .safetensors file of a run.")
  public Path checkpoint = Path.of("");

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Images of one pass. Default: ${DEFAULT-VALUE}.")
  public int batchSize = 64;

  @Option(
      names = "--no-flip",
      description = "Leave the flip test out: do not add the embedding of the mirrored image.")
  public boolean noFlip;

  /// The side of the network's input in pixels.
  public int size() {
    return Checkpoint.spec(checkpoint).size();
  }

  /// The network, its parameters in `scope`.
  public Embedder embedder(Backend backend, Scope scope) {
    IResNet network = Checkpoint.network(checkpoint, scope);
    var spec = network.spec();
    return new Embedder(
        network.folded(scope), backend, spec.size(), spec.embedding(), batchSize, !noFlip);
  }
}

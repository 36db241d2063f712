package facet.train.config;

import facet.nn.IResNetSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// A training run, as options: the recipe of a small network trained from scratch, unless they are
/// set. Each group has its defaults, its help, its checks and what it describes beside each other.
@Command
public final class TrainOptions {
  @Mixin public NetworkOptions network = new NetworkOptions();
  @Mixin public LossOptions loss = new LossOptions();
  @Mixin public OptimizerOptions optimizer = new OptimizerOptions();
  @Mixin public AugmentationOptions augmentation = new AugmentationOptions();
  @Mixin public RunOptions run = new RunOptions();

  /// The dimensions of the network.
  public IResNetSpec network() {
    return network.spec(run.init);
  }

  /// Checks every word and number, as far as that can be done without data.
  ///
  /// @throws facet.train.error.FacetException naming the option that is wrong
  public void check() {
    network();
    loss.check();
    optimizer.check();
    augmentation.check();
    run.check();
  }
}

package facet.train.config;

import facet.nn.NetworkSpec;
import facet.train.error.FacetException;
import facet.train.run.Checkpoint;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
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

  private @Nullable NetworkSpec found;
  private @Nullable Path foundIn;

  /// The dimensions of the network. A run that is resumed says its own, whatever has become of the
  /// one that it began from.
  public NetworkSpec network() {
    var start = run.resume == null ? run.init : run.resume;
    if (start == null || !start.equals(foundIn)) { // files are large, and read to their end
      var resumed = run.resume == null ? null : Checkpoint.networkOf(run.resume);
      found = resumed == null ? network.foundIn(run.init) : resumed;
      foundIn = start;
    }
    return network.spec(found);
  }

  /// What options that may be left out stand for, by key: the network decides its dimensions, the
  /// loss its margin, weight and batches.
  public Map<String, Object> resolved() {
    var resolved = new TreeMap<>(loss.resolved(true));
    resolved.putAll(optimizer.resolved());
    if (loss.drawsBranches()) {
      resolved.put("batch-size", loss.branch.batchSize());
    }
    var spec = network();
    var named = NetworkSpec.named(spec.name());
    if (named != null && named.title().equals(spec.title())) {
      resolved.put("model", spec.name());
    }
    resolved.put("depths", spec.depths());
    resolved.put("width", spec.width());
    resolved.put("size", spec.size());
    resolved.put("embedding", spec.embedding());
    resolved.put("dropout", spec.dropout());
    return resolved;
  }

  /// Checks every word and number, as far as that can be done without data.
  ///
  /// @throws facet.train.error.FacetException naming the option that is wrong
  public void check() {
    network();
    loss.check();
    optimizer.check();
    if (optimizer.accumulate > 1 && loss.drawsBranches()) {
      throw FacetException.usage(
          "--accumulate takes a batch in parts, but --loss "
              + loss.loss
              + " compares all its images; leave it out.");
    }
    augmentation.check(network().size());
    run.check();
  }
}

package facet.train.config;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// All options of one training of an experiment: those of `facet train` but for the device.
@Command
public final class ArmOptions {
  @Mixin public DataOptions data = new DataOptions();
  @Mixin public ValidationOptions validation = new ValidationOptions();
  @Mixin public TrainOptions train = new TrainOptions();
}

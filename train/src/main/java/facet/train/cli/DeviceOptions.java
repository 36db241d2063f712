package facet.train.cli;

import picocli.CommandLine.Option;

/// Where the network runs.
public final class DeviceOptions {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "auto, cpu, cuda or cuda:N. auto takes the GPU if there is one; an explicit cuda never"
              + " falls back. Default: ${DEFAULT-VALUE}.",
      defaultValue = "auto")
  public String device = "auto";

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads; 0 takes all cores. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  public int threads;
}

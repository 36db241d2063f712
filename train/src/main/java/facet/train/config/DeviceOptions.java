package facet.train.config;

import facet.kernels.Devices;
import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.kernels.cpu.ConvAlgorithm;
import facet.kernels.cuda.CudaBackend;
import facet.tensor.Backend;
import facet.train.mpi.Mpi;
import picocli.CommandLine.Option;

/// Where the network runs.
public final class DeviceOptions {
  private static final int MOST_THREADS = 1024;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "auto, cpu, cuda or cuda:N. auto takes the GPU if there is one; an explicit cuda never"
              + " falls back. Default: ${DEFAULT-VALUE}.")
  public String device = "auto";

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "CPU threads; 0 takes all cores, each rank of a machine its share. Default:"
              + " ${DEFAULT-VALUE}.")
  public int threads;

  @Option(
      names = "--convolution",
      paramLabel = "ALGORITHM",
      description =
          "How the CPU convolves: fastest, by Winograd's algorithm where it pays, or direct, by the"
              + " definition, with less rounding. Default: fastest.")
  public ConvAlgorithm convolution = ConvAlgorithm.FASTEST;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      description =
          "What matrix products and convolutions compute with on a GPU: fp32, tf32 or bf16."
              + " Default: fp32.")
  public Precision precision = Precision.FP32;

  @Option(
      names = "--kernels",
      paramLabel = "WHOSE",
      description =
          "handwritten, or vendor: matrix products and convolutions by cuBLAS and cuDNN on a GPU."
              + " Default: handwritten.")
  public KernelChoice kernels = KernelChoice.HANDWRITTEN;

  /// The threads of the CPU, for this rank.
  public int threads() {
    requireThreads();
    return threads == 0
        ? Math.max(1, Runtime.getRuntime().availableProcessors() / Mpi.onThisHost())
        : threads;
  }

  private void requireThreads() {
    if (threads < 0 || threads > MOST_THREADS) {
      throw Checks.wrong("threads", threads, "0 to " + MOST_THREADS);
    }
  }

  /// Opens the device, and says on standard error if it is not all that was asked for.
  ///
  /// @throws facet.kernels.DeviceException if it is unknown or unavailable
  public Backend open() {
    var backend = Devices.open(device, threads(), convolution, precision, kernels);
    if (backend instanceof CudaBackend cuda && cuda.vendorProblem() != null) {
      System.err.println("Handwritten kernels instead of the vendor's: " + cuda.vendorProblem());
    }
    return backend;
  }
}

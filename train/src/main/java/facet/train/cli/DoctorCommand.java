package facet.train.cli;

import facet.kernels.DeviceException;
import facet.kernels.Devices;
import facet.kernels.cuda.CudaBackend;
import facet.train.mpi.Mpi;
import facet.train.run.Environment;
import java.util.Locale;
import picocli.CommandLine.Command;

/// `facet doctor`.
@Command(
    name = "doctor",
    description = "Says what this machine offers and why a device is not available.",
    mixinStandardHelpOptions = true)
public final class DoctorCommand implements Runnable {
  @Override
  public void run() {
    Environment.facts()
        .forEach((name, value) -> System.out.printf(Locale.ROOT, "%-12s %s%n", name, value));
    for (var device : Devices.names()) {
      System.out.printf(Locale.ROOT, "%-12s %s%n", device, status(device));
    }
    CudaBackend.vendorLibraries()
        .forEach((name, status) -> System.out.printf(Locale.ROOT, "%-12s %s%n", name, status));
    System.out.printf(Locale.ROOT, "%-12s %s%n", "mpi", Mpi.describe());
  }

  private static String status(String device) {
    try (var backend = Devices.open(device, 0)) {
      return "available: " + backend.description();
    } catch (DeviceException e) {
      return "not available: " + e.getMessage();
    }
  }
}

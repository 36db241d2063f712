package facet.kernels;

/// A device that was asked for cannot be used. The message is one sentence for the user: why, and
/// what to do.
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DeviceException(String message) {
    super(message);
  }
}

package facet.tensor;

/// A backend's flat memory: a float array, a double array, device memory. Opaque to everything but
/// the backend's own kernels. It may be longer than the tensor in it, and a fresh one holds stale
/// data: a kernel writes all of its output and never reads what was there.
public interface Storage {
  /// The number of elements that fit.
  int length();
}

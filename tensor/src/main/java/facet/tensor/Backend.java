package facet.tensor;

import facet.tensor.kernel.Kernels;

/// Where tensors live and kernels run: a row of the matrix kernel family x backend. The element
/// type of its storages is the backend's own business (`reference`: float64, `cpu`: float32,
/// `cuda`: float32, and bf16 for activations if asked to).
///
/// Kernels may run asynchronously, in order; `read` and `readInts` wait for what was asked before.
public interface Backend extends AutoCloseable {
  /// `reference`, `cpu`, `cuda:0`, ...
  String name();

  /// What it runs on, for people.
  String description();

  /// Recycled memory for real numbers.
  StoragePool pool();

  /// Recycled memory for activations, images `[n, h, w, c]` and what is made of them: as [#pool],
  /// or of a narrower element type where the backend computes with one.
  default StoragePool activations() {
    return pool();
  }

  /// Recycled memory for integers.
  StoragePool intPool();

  /// The part `[from, from + length)` of a storage: the same memory, not a copy.
  Storage slice(Storage storage, int from, int length);

  void write(float[] source, int offset, Storage target, int length);

  void write(double[] source, int offset, Storage target, int length);

  void read(Storage source, float[] target, int offset, int length);

  void read(Storage source, double[] target, int offset, int length);

  void writeInts(int[] source, int offset, Storage target, int length);

  void readInts(Storage source, int[] target, int offset, int length);

  Kernels kernels();

  /// Frees the memory and stops the threads.
  @Override
  void close();
}

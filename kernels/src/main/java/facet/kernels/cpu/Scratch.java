package facet.kernels.cpu;

/// A work array that grows on demand and is kept, so that a steady state allocates nothing. What is
/// in it is stale; users start at [FloatStorage#ALIGNED].
final class Scratch {
  /// G1 aligns an array to a heap region if it fills half of one; regions of 1 MB are the smallest.
  private static final int SMALLEST = 1 << 18;

  private float[] array = {};

  /// The array, with room for `length` floats from [FloatStorage#ALIGNED] on.
  float[] atLeast(int length) {
    int needed = length + FloatStorage.LINE;
    if (array.length < needed) {
      array = new float[Math.max(needed, SMALLEST)];
    }
    return array;
  }

  /// One for each worker.
  static Scratch[] perWorker(Workers workers) {
    var scratch = new Scratch[workers.count()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new Scratch();
    }
    return scratch;
  }
}

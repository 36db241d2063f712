package facet.bench.cuda;

import facet.kernels.cuda.CudaBackend;
import facet.tensor.Storage;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Times work on a GPU: medians, with inputs that no cache holds any more.
final class Bench {
  /// More than any L2 cache holds, in floats.
  private static final int FLUSH = 64 << 20;

  private static final int BLOCK = 1 << 20;

  private final CudaBackend backend;
  private final int samples;
  private final Storage flush;
  private final float[] random = new float[BLOCK];

  /// @param quick measures once, without clearing the cache: to see that all of it runs
  Bench(CudaBackend backend, boolean quick) {
    this.backend = backend;
    this.samples = quick ? 1 : 20;
    this.flush = backend.pool().take(quick ? 1 : FLUSH);
    var source = new SplittableRandom(1);
    for (var i = 0; i < BLOCK; i++) {
      random[i] = (float) source.nextDouble(-1, 1);
    }
  }

  /// Memory with numbers in [-1, 1).
  Storage random(int length) {
    var storage = backend.pool().take(length);
    for (var from = 0; from < length; from += BLOCK) {
      var count = Math.min(BLOCK, length - from);
      backend.write(random, 0, backend.slice(storage, from, count), count);
    }
    return storage;
  }

  Storage empty(int length) {
    return backend.pool().take(length);
  }

  Storage labels(int length, int classes) {
    var labels = new int[length];
    var source = new SplittableRandom(2);
    Arrays.setAll(labels, i -> source.nextInt(classes));
    var storage = backend.intPool().take(length);
    backend.writeInts(labels, 0, storage, length);
    return storage;
  }

  void give(Storage... storages) {
    for (var storage : storages) {
      backend.pool().give(storage);
    }
  }

  /// The median of several runs in milliseconds, after some to warm up, each with an empty cache.
  double median(Runnable work) {
    return median(work, samples > 1);
  }

  /// The same without emptying the cache: for work larger than it.
  double medianOfSteps(Runnable work) {
    return median(work, false);
  }

  private double median(Runnable work, boolean flushed) {
    var times = new double[samples];
    for (var i = -Math.min(3, samples - 1); i < samples; i++) {
      if (flushed) {
        backend.kernels().pointwise().fill(FLUSH, i, flush);
      }
      var time = backend.milliseconds(work);
      if (i >= 0) {
        times[i] = time;
      }
    }
    Arrays.sort(times);
    return times[samples / 2];
  }

  void close() {
    give(flush);
  }
}

package facet.bench.cuda;

import facet.kernels.cuda.CudaBackend;
import facet.tensor.Scope;
import facet.tensor.Storage;
import facet.tensor.StoragePool;
import facet.tensor.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Times work on a GPU: medians, with inputs that no cache holds any more. What a question takes of
/// memory is given back by [#clear].
final class Bench {
  /// More than any L2 cache holds, in floats.
  private static final int FLUSH = 64 << 20;

  private static final int BLOCK = 1 << 20;

  private final CudaBackend backend;
  private final int samples;
  private final Storage flush;
  private final float[] random = new float[BLOCK];
  private final List<Runnable> closing = new ArrayList<>();

  /// @param samples how many runs a median is of; 1 also leaves the cache as it is
  Bench(CudaBackend backend, int samples) {
    this.backend = backend;
    this.samples = samples;
    this.flush = backend.pool().take(samples == 1 ? 1 : FLUSH);
    var source = new SplittableRandom(1);
    for (var i = 0; i < BLOCK; i++) {
      random[i] = (float) source.nextDouble(-1, 1);
    }
  }

  CudaBackend backend() {
    return backend;
  }

  Kernels kernels() {
    return backend.kernels();
  }

  /// Storages with numbers in [-1, 1).
  Storage[] random(int... lengths) {
    return Arrays.stream(lengths).mapToObj(this::random).toArray(Storage[]::new);
  }

  private Storage random(int length) {
    return random(backend.pool(), length);
  }

  /// Likewise, in memory for activations.
  Storage activation(int length) {
    return random(backend.activations(), length);
  }

  private Storage random(StoragePool pool, int length) {
    var storage = pool.take(length);
    closing.add(() -> pool.give(storage));
    for (var from = 0; from < length; from += BLOCK) {
      var count = Math.min(BLOCK, length - from);
      backend.write(random, 0, backend.slice(storage, from, count), count);
    }
    return storage;
  }

  Storage labels(int length, int classes) {
    var labels = new int[length];
    var source = new SplittableRandom(2);
    Arrays.setAll(labels, i -> source.nextInt(classes));
    var storage = backend.intPool().take(length);
    closing.add(() -> backend.intPool().give(storage));
    backend.writeInts(labels, 0, storage, length);
    return storage;
  }

  /// A scope to be closed with the question.
  Scope closing(Scope scope) {
    closing.add(scope::close);
    return scope;
  }

  /// Gives back what the question took.
  void clear() {
    closing.reversed().forEach(Runnable::run);
    closing.clear();
    backend.pool().trim();
    backend.activations().trim();
  }

  /// The median of several runs in milliseconds, after some to warm up.
  double median(Runnable work, boolean flushed) {
    var times = new double[samples];
    for (var i = -Math.min(3, samples - 1); i < samples; i++) {
      if (flushed && samples > 1) {
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
}

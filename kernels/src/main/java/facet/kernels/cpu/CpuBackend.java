package facet.kernels.cpu;

import facet.kernels.DeviceException;
import facet.tensor.Backend;
import facet.tensor.IntArray;
import facet.tensor.Storage;
import facet.tensor.StoragePool;
import facet.tensor.kernel.Kernels;
import java.util.Locale;

/// The CPU: float32, the Vector API, one thread a core. The kernels share scratch memory, so one
/// thread at a time may use a backend.
public final class CpuBackend implements Backend {
  private static final String VECTOR = "jdk.incubator.vector";

  private final Workers workers;
  private final int vectorBits;
  private final StoragePool pool = new StoragePool(FloatStorage::allocate, storage -> {});
  private final StoragePool intPool = new StoragePool(IntArray::allocate, storage -> {});
  private final Kernels kernels;

  /// A backend with `threads` threads, the caller among them, and the machine's own vector width.
  public CpuBackend(int threads) {
    this(threads, ConvAlgorithm.FASTEST);
  }

  /// A backend with vectors of `vectorBits` = 128, 256 or 512 bits. A JVM should use one width: the
  /// JIT compiles kernels for it alone, others are correct but slow.
  public CpuBackend(int threads, int vectorBits) {
    this(threads, Lanes.of(vectorBits), ConvAlgorithm.FASTEST);
  }

  /// A backend with `threads` threads that convolves by `algorithm`.
  ///
  /// @throws DeviceException if the JVM runs without the Vector API
  public CpuBackend(int threads, ConvAlgorithm algorithm) {
    this(threads, preferredLanes(), algorithm);
  }

  private static Lanes preferredLanes() {
    if (ModuleLayer.boot().findModule(VECTOR).isEmpty()) {
      throw new DeviceException(
          "the cpu device needs Java's module "
              + VECTOR
              + "; start java with --add-modules "
              + VECTOR
              + ".");
    }
    return Lanes.preferred();
  }

  private CpuBackend(int threads, Lanes lanes, ConvAlgorithm algorithm) {
    vectorBits = lanes.count() * Float.SIZE;
    WarmUp.begin(lanes);
    workers = new Workers(threads);
    var gemm = new VectorGemm(workers, lanes);
    kernels =
        new Kernels(
            gemm,
            new VectorConv(workers, lanes, gemm, algorithm),
            new VectorGroupedConv(workers, lanes),
            new VectorNorm(workers, lanes),
            new VectorPool(workers, lanes),
            new VectorPointwise(workers, lanes),
            new VectorRow(workers, lanes, gemm),
            new VectorHistogram(workers, lanes),
            new VectorUpdate(workers, lanes));
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return String.format(Locale.ROOT, "%d threads, %d-bit vectors", threads(), vectorBits);
  }

  /// The number of threads.
  public int threads() {
    return workers.count();
  }

  @Override
  public StoragePool pool() {
    return pool;
  }

  @Override
  public StoragePool intPool() {
    return intPool;
  }

  @Override
  public Storage slice(Storage storage, int from, int length) {
    return storage instanceof IntArray ints
        ? ints.slice(from, length)
        : FloatStorage.of(storage).slice(from, length);
  }

  @Override
  public void write(float[] source, int offset, Storage target, int length) {
    var floats = FloatStorage.of(target);
    System.arraycopy(source, offset, floats.array(), floats.offset(), length);
  }

  @Override
  public void write(double[] source, int offset, Storage target, int length) {
    var floats = FloatStorage.of(target);
    for (int i = 0; i < length; i++) {
      floats.array()[floats.offset() + i] = (float) source[offset + i];
    }
  }

  @Override
  public void read(Storage source, float[] target, int offset, int length) {
    var floats = FloatStorage.of(source);
    System.arraycopy(floats.array(), floats.offset(), target, offset, length);
  }

  @Override
  public void read(Storage source, double[] target, int offset, int length) {
    var floats = FloatStorage.of(source);
    for (int i = 0; i < length; i++) {
      target[offset + i] = floats.array()[floats.offset() + i];
    }
  }

  @Override
  public void writeInts(int[] source, int offset, Storage target, int length) {
    var ints = IntArray.of(target);
    System.arraycopy(source, offset, ints.array(), ints.offset(), length);
  }

  @Override
  public void readInts(Storage source, int[] target, int offset, int length) {
    var ints = IntArray.of(source);
    System.arraycopy(ints.array(), ints.offset(), target, offset, length);
  }

  @Override
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public void close() {
    workers.close();
  }
}

package facet.tensor.reference;

import facet.tensor.Backend;
import facet.tensor.IntArray;
import facet.tensor.Storage;
import facet.tensor.StoragePool;
import facet.tensor.kernel.ConvKernels;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.HistogramKernels;
import facet.tensor.kernel.NormKernels;
import facet.tensor.kernel.PointwiseKernels;
import facet.tensor.kernel.PoolKernels;
import facet.tensor.kernel.RowKernels;
import facet.tensor.kernel.UpdateKernels;
import java.util.Arrays;

/// The oracle backend: float64, plain loops, one thread. Memory from its pools is filled with NaN
/// (integers: the smallest one), so that a kernel that reads what it did not write is found out.
public final class ReferenceBackend implements Backend {
  private final StoragePool pool = new StoragePool(DoubleStorage::allocate, storage -> {});
  private final StoragePool intPool = new StoragePool(IntArray::allocate, storage -> {});
  private final GemmKernels gemm = new ReferenceGemm();
  private final ConvKernels conv = new ReferenceConv();
  private final NormKernels norm = new ReferenceNorm();
  private final PoolKernels pooling = new ReferencePool();
  private final PointwiseKernels pointwise = new ReferencePointwise();
  private final RowKernels row = new ReferenceRow();
  private final HistogramKernels histogram = new ReferenceHistogram();
  private final UpdateKernels update = new ReferenceUpdate();

  public ReferenceBackend() {
    pool.onTake(storage -> DoubleStorage.of(storage).fill(storage.length(), Double.NaN));
    intPool.onTake(
        storage -> {
          var ints = IntArray.of(storage);
          var end = ints.offset() + ints.length();
          Arrays.fill(ints.array(), ints.offset(), end, Integer.MIN_VALUE);
        });
  }

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String description() {
    return "float64, plain loops";
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
        : DoubleStorage.of(storage).slice(from, length);
  }

  @Override
  public void write(float[] source, int offset, Storage target, int length) {
    var to = DoubleStorage.of(target);
    for (var i = 0; i < length; i++) {
      to.set(i, source[offset + i]);
    }
  }

  @Override
  public void write(double[] source, int offset, Storage target, int length) {
    var to = DoubleStorage.of(target);
    System.arraycopy(source, offset, to.array(), to.offset(), length);
  }

  @Override
  public void read(Storage source, float[] target, int offset, int length) {
    var from = DoubleStorage.of(source);
    for (var i = 0; i < length; i++) {
      target[offset + i] = (float) from.get(i);
    }
  }

  @Override
  public void read(Storage source, double[] target, int offset, int length) {
    var from = DoubleStorage.of(source);
    System.arraycopy(from.array(), from.offset(), target, offset, length);
  }

  @Override
  public void writeInts(int[] source, int offset, Storage target, int length) {
    var to = IntArray.of(target);
    System.arraycopy(source, offset, to.array(), to.offset(), length);
  }

  @Override
  public void readInts(Storage source, int[] target, int offset, int length) {
    var from = IntArray.of(source);
    System.arraycopy(from.array(), from.offset(), target, offset, length);
  }

  @Override
  public GemmKernels gemm() {
    return gemm;
  }

  @Override
  public ConvKernels conv() {
    return conv;
  }

  @Override
  public NormKernels norm() {
    return norm;
  }

  @Override
  public PoolKernels pooling() {
    return pooling;
  }

  @Override
  public PointwiseKernels pointwise() {
    return pointwise;
  }

  @Override
  public RowKernels row() {
    return row;
  }

  @Override
  public HistogramKernels histogram() {
    return histogram;
  }

  @Override
  public UpdateKernels update() {
    return update;
  }

  @Override
  public void close() {
    pool.trim();
    intPool.trim();
  }
}

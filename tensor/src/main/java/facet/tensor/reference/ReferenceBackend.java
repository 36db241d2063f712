package facet.tensor.reference;

import facet.tensor.Backend;
import facet.tensor.IntArray;
import facet.tensor.Storage;
import facet.tensor.StoragePool;
import facet.tensor.kernel.Kernels;
import java.util.Arrays;

/// The oracle backend: float64, plain loops, one thread. Memory from its pools is filled with NaN
/// (integers: the smallest one), so that a kernel that reads what it did not write is found out.
public final class ReferenceBackend implements Backend {
  private final StoragePool pool = new StoragePool(DoubleStorage::allocate, storage -> {});
  private final StoragePool intPool = new StoragePool(IntArray::allocate, storage -> {});
  private final Kernels kernels =
      new Kernels(
          new ReferenceGemm(),
          new ReferenceConv(),
          new ReferenceGroupedConv(),
          new ReferenceNorm(),
          new ReferencePool(),
          new ReferencePointwise(),
          new ReferenceRow(),
          new ReferenceHistogram(),
          new ReferenceUpdate());

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
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public void close() {
    pool.trim();
    intPool.trim();
  }
}

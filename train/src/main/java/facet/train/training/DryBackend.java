package facet.train.training;

import facet.tensor.Backend;
import facet.tensor.Storage;
import facet.tensor.StoragePool;
import facet.tensor.kernel.ConvKernels;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.GroupedConvKernels;
import facet.tensor.kernel.HistogramKernels;
import facet.tensor.kernel.Kernels;
import facet.tensor.kernel.NormKernels;
import facet.tensor.kernel.PointwiseKernels;
import facet.tensor.kernel.PoolKernels;
import facet.tensor.kernel.RowKernels;
import facet.tensor.kernel.UpdateKernels;
import java.lang.reflect.Proxy;

/// A backend without memory whose kernels do nothing: a step on it takes milliseconds, and its
/// pools then know what the same step takes on a real one. Every value that is read is 0.
final class DryBackend implements Backend {
  private final StoragePool pool = new StoragePool(Length::new, storage -> {});
  private final StoragePool intPool = new StoragePool(Length::new, storage -> {});
  private final Kernels kernels =
      new Kernels(
          idle(GemmKernels.class),
          idle(ConvKernels.class),
          idle(GroupedConvKernels.class),
          idle(NormKernels.class),
          idle(PoolKernels.class),
          idle(PointwiseKernels.class),
          idle(RowKernels.class),
          idle(HistogramKernels.class),
          idle(UpdateKernels.class));

  private record Length(int length) implements Storage {
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  private static <K> K idle(Class<K> family) {
    return family.cast(
        Proxy.newProxyInstance(
            family.getClassLoader(), new Class<?>[] {family}, (self, method, arguments) -> null));
  }

  /// The bytes that the tensors took, at four an element.
  long bytes() {
    return 4 * (pool.allocatedElements() + intPool.allocatedElements());
  }

  @Override
  public String name() {
    return "dry";
  }

  @Override
  public String description() {
    return "computes nothing";
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
    return new Length(length);
  }

  @Override
  public void write(float[] source, int offset, Storage target, int length) {}

  @Override
  public void write(double[] source, int offset, Storage target, int length) {}

  @Override
  public void read(Storage source, float[] target, int offset, int length) {}

  @Override
  public void read(Storage source, double[] target, int offset, int length) {}

  @Override
  public void writeInts(int[] source, int offset, Storage target, int length) {}

  @Override
  public void readInts(Storage source, int[] target, int offset, int length) {}

  @Override
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public void close() {}
}

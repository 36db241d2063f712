package facet.tensor;

import facet.tensor.kernel.Matrix;
import org.jspecify.annotations.Nullable;

/// A contiguous row-major array of real numbers on a backend. It belongs to a [Scope] (a [Tape] is
/// one) and is unusable after that scope closes.
public final class Tensor {
  private final Scope scope;
  private final Shape shape;
  private final boolean requiresGrad;
  private final Tensor owner; // whose storage this is: itself, or the tensor it is a view of
  private final StoragePool pool; // where the storage is from
  private @Nullable Storage storage;

  /// Id of the tape's node that made this tensor, -1 for a leaf.
  int node = -1;

  /// While backward runs: how many slots hold this owner's storage, see [GradientSlots].
  int holders;

  /// A tensor in memory of its own.
  Tensor(Scope scope, Shape shape, StoragePool pool, boolean requiresGrad) {
    this.scope = scope;
    this.shape = shape;
    this.storage = pool.take(shape.size());
    this.pool = pool;
    this.requiresGrad = requiresGrad;
    this.owner = this;
  }

  /// A tensor in memory of `owner`.
  private Tensor(Scope scope, Shape shape, Storage storage, boolean requiresGrad, Tensor owner) {
    this.scope = scope;
    this.shape = shape;
    this.storage = storage;
    this.pool = owner.pool;
    this.requiresGrad = requiresGrad;
    this.owner = owner;
  }

  public Shape shape() {
    return shape;
  }

  /// The number of elements.
  public int size() {
    return shape.size();
  }

  public Scope scope() {
    return scope;
  }

  public Backend backend() {
    return scope.backend();
  }

  /// Whether backward computes a gradient for it.
  public boolean requiresGrad() {
    return requiresGrad;
  }

  /// The memory, for kernels.
  public Storage storage() {
    if (storage == null || owner.storage == null) {
      throw new IllegalStateException(
          "tensor " + shape + " was used after its memory was given back");
    }
    return storage;
  }

  /// The tensor as a matrix `[rows, last]` for kernels: all axes but the last taken together.
  public Matrix matrix() {
    return new Matrix(shape.rows(), shape.last(), storage());
  }

  /// The same memory under another shape of the same size. Not recorded: ops use it inside; outside
  /// of ops apply [facet.tensor.op.Reshape].
  public Tensor view(Shape other) {
    if (other.size() != size()) {
      throw new ShapeException("view: " + shape + " does not have the elements of " + other);
    }
    return new Tensor(scope, other, storage(), false, owner);
  }

  /// The elements from `offset` on as a tensor of shape `part`: the same memory, not recorded.
  public Tensor view(int offset, Shape part) {
    if (offset < 0 || offset > size() - part.size()) {
      throw new ShapeException(
          "view: " + part + " at element " + offset + " does not fit into " + shape);
    }
    var slice = backend().slice(storage(), offset, part.size());
    return new Tensor(scope, part, slice, false, owner);
  }

  /// Same tensor seen as an intermediate result of `tape`: what the tape hands out for an op's
  /// output. The memory may be that of a leaf in a longer scope (a reshaped parameter).
  Tensor recorded(Tape tape, int nodeId) {
    var result = new Tensor(tape, shape, storage(), true, owner);
    result.node = nodeId;
    return result;
  }

  Tensor owner() {
    return owner;
  }

  /// Where its memory is from, which says what the elements are.
  StoragePool pool() {
    return pool;
  }

  /// Detaches the storage; null if that happened before.
  @Nullable Storage detach() {
    var detached = storage;
    storage = null;
    return detached;
  }

  /// Copies `values` into the tensor.
  public void set(float... values) {
    requireSize(values.length);
    backend().write(values, 0, storage(), values.length);
  }

  public void set(double... values) {
    requireSize(values.length);
    backend().write(values, 0, storage(), values.length);
  }

  public float[] toFloats() {
    var values = new float[size()];
    backend().read(storage(), values, 0, values.length);
    return values;
  }

  public double[] toDoubles() {
    var values = new double[size()];
    backend().read(storage(), values, 0, values.length);
    return values;
  }

  /// The value of a tensor with one element.
  public double item() {
    requireSize(1);
    return toDoubles()[0];
  }

  private void requireSize(int length) {
    if (length != size()) {
      throw new ShapeException("tensor " + shape + " has " + size() + " elements, not " + length);
    }
  }

  @Override
  public String toString() {
    return "Tensor" + shape + " on " + backend().name();
  }
}

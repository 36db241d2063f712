package facet.tensor;

import facet.tensor.kernel.Matrix;
import facet.tensor.op.Add;
import facet.tensor.op.AddBias;
import facet.tensor.op.Div;
import facet.tensor.op.Exp;
import facet.tensor.op.Log;
import facet.tensor.op.MatMul;
import facet.tensor.op.Mean;
import facet.tensor.op.Mul;
import facet.tensor.op.Relu;
import facet.tensor.op.Reshape;
import facet.tensor.op.Scale;
import facet.tensor.op.Sigmoid;
import facet.tensor.op.SliceRows;
import facet.tensor.op.Sub;
import facet.tensor.op.Sum;
import org.jspecify.annotations.Nullable;

/// A contiguous row-major array of real numbers on a backend. It belongs to a [Scope] (a [Tape] is
/// one) and is unusable after that scope closes.
///
/// The methods from [#matMul] on apply the ops of `facet.tensor.op` on the tape of this tensor or
/// of the other operand: what is computed from a tape's tensors is recorded there.
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

  /// The matrix product, see [MatMul].
  public Tensor matMul(Tensor other) {
    return apply(new MatMul(false, false), other);
  }

  /// The sum with a tensor of this shape, or with a vector `[last]` that is added to every row.
  public Tensor plus(Tensor other) {
    return apply(other.shape.equals(shape) ? new Add() : new AddBias(), other);
  }

  public Tensor plus(double constant) {
    var tape = tape(new Add());
    var constants = tape.like(this);
    tape.kernels().pointwise().fill(size(), constant, constants.storage());
    return tape.apply(new Add(), this, constants);
  }

  public Tensor minus(Tensor other) {
    return apply(new Sub(), other);
  }

  /// The product element by element.
  public Tensor times(Tensor other) {
    return apply(new Mul(), other);
  }

  public Tensor times(double factor) {
    return apply(new Scale(factor));
  }

  /// The quotient element by element.
  public Tensor dividedBy(Tensor other) {
    return apply(new Div(), other);
  }

  public Tensor exp() {
    return apply(new Exp());
  }

  /// The natural logarithm.
  public Tensor log() {
    return apply(new Log());
  }

  /// The larger of each element and 0.
  public Tensor relu() {
    return apply(new Relu());
  }

  /// `1 / (1 + e^-x)` of each element.
  public Tensor sigmoid() {
    return apply(new Sigmoid());
  }

  /// The sum of all elements, `[1]`.
  public Tensor sum() {
    return apply(new Sum());
  }

  /// The mean of all elements, `[1]`.
  public Tensor mean() {
    return apply(new Mean());
  }

  public Tensor reshape(int... dims) {
    return apply(new Reshape(Shape.of(dims)));
  }

  /// The entries `from ≤ i < to` along the first axis.
  public Tensor rows(int from, int to) {
    return apply(new SliceRows(from, to));
  }

  private Tensor apply(Op<?> op) {
    return tape(op).apply(op, this);
  }

  private Tensor apply(Op<?> op, Tensor other) {
    var tape = scope instanceof Tape || !(other.scope instanceof Tape) ? tape(op) : other.tape(op);
    return tape.apply(op, this, other);
  }

  private Tape tape(Op<?> op) {
    if (scope instanceof Tape tape) {
      return tape;
    }
    throw new IllegalStateException(
        "%s: the input %s is not a tape's; call tape.apply(new %s(...), ...)"
            .formatted(op.name(), shape, op.getClass().getSimpleName()));
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

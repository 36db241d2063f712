package facet.tensor;

import facet.tensor.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Owns tensors and gives their memory back to the backend's pool when it closes. A model's
/// parameters live in a long scope, a training step's activations in its [Tape]. Not thread-safe.
public class Scope implements AutoCloseable {
  private final Backend backend;
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<Storage> ints = new ArrayList<>();
  private boolean open = true;

  protected Scope(Backend backend) {
    this.backend = backend;
  }

  public static Scope on(Backend backend) {
    return new Scope(backend);
  }

  public final Backend backend() {
    return backend;
  }

  public final Kernels kernels() {
    return backend.kernels();
  }

  /// A tensor with undefined content, to be filled by a kernel.
  public final Tensor allocate(Shape shape) {
    return allocate(shape, backend.pool(), false);
  }

  public final Tensor allocate(int... dims) {
    return allocate(Shape.of(dims));
  }

  /// An activation with undefined content: an image that a kernel makes, for which the backend may
  /// have a narrower element type.
  public final Tensor activation(int... dims) {
    return allocate(Shape.of(dims), backend.activations(), false);
  }

  /// A tensor of the shape and element type of `x` with undefined content: what is computed from it
  /// element by element, or its gradient.
  public final Tensor like(Tensor x) {
    return like(x, x.shape());
  }

  /// A tensor of the element type of `x` with undefined content.
  public final Tensor like(Tensor x, Shape shape) {
    return allocate(shape, x.pool(), false);
  }

  /// A leaf with undefined content whose gradient backward computes: a trainable parameter.
  public final Tensor variable(Shape shape) {
    return allocate(shape, backend.pool(), true);
  }

  /// Memory for a gradient that is computed element by element from `dy`: `dy` itself if nobody
  /// else needs it any more.
  public Tensor inPlaceOf(Tensor dy) {
    return like(dy);
  }

  public final Tensor full(Shape shape, double value) {
    var tensor = allocate(shape);
    kernels().pointwise().fill(shape.size(), value, tensor.storage());
    return tensor;
  }

  public final Tensor zeros(Shape shape) {
    return full(shape, 0);
  }

  public final Tensor of(Shape shape, float... values) {
    var tensor = allocate(shape);
    tensor.set(values);
    return tensor;
  }

  public final Tensor of(Shape shape, double... values) {
    var tensor = allocate(shape);
    tensor.set(values);
    return tensor;
  }

  /// Integers with undefined content.
  public final Ints allocateInts(int length) {
    requireOpen();
    var storage = backend.intPool().take(length);
    ints.add(storage);
    return new Ints(this, storage, length);
  }

  public final Ints ints(int... values) {
    var result = allocateInts(values.length);
    backend.writeInts(values, 0, result.storage(), values.length);
    return result;
  }

  private Tensor allocate(Shape shape, StoragePool pool, boolean requiresGrad) {
    requireOpen();
    var tensor = new Tensor(this, shape, pool, requiresGrad);
    tensors.add(tensor);
    return tensor;
  }

  /// Gives a tensor's memory back before the scope closes; it and its views are unusable from then
  /// on.
  public final void release(Tensor tensor) {
    var storage = tensor.owner().detach();
    if (storage != null) {
      tensor.owner().pool().give(storage);
    }
  }

  /// Runs `body` and gives back all it allocated but the memory of its result.
  public Tensor tidy(Supplier<Tensor> body) {
    var before = tensors.size();
    var result = body.get();
    var kept = result.owner();
    var allocated = tensors.subList(before, tensors.size());
    for (var tensor : allocated) {
      if (tensor != kept) {
        release(tensor);
      }
    }
    allocated.clear();
    if (kept.scope() == this) {
      tensors.add(kept);
    }
    return result;
  }

  final void requireOpen() {
    if (!open) {
      throw new IllegalStateException("the scope of this tensor is closed");
    }
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      tensors.forEach(this::release);
      tensors.clear();
      ints.forEach(backend.intPool()::give);
      ints.clear();
    }
  }
}

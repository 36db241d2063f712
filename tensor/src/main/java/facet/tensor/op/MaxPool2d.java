package facet.tensor.op;

import facet.tensor.InputGradients;
import facet.tensor.Ints;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.Pool2dShape;

/// The maximum over `window x window` pixels of `x [n, h, w, c]`, padding excluded:
///
///     y[n,p,q,c] = max x[n, p·stride − pad + i, q·stride − pad + j, c]     0 ≤ i, j < window
///
/// `dx` collects every `dy` at the position of its maximum, the first one on ties (where the
/// function is not smooth).
public record MaxPool2d(int window, int stride, int pad) implements Op<MaxPool2d.Saved> {
  /// What backward remembers.
  public record Saved(Pool2dShape shape, Ints argmax) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var s = AveragePool2d.shape(this, in[0].shape(), window, stride, pad);
    var y = scope.like(in[0], Shape.of(s.n(), s.oh(), s.ow(), s.c()));
    var argmax = scope.allocateInts(y.size());
    scope.kernels().pooling().maxForward(s, in[0].storage(), y.storage(), argmax.storage());
    return new Forward<>(y, new Saved(s, argmax));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var s = t.shape;
          var dx = scope.like(dy, Shape.of(s.n(), s.h(), s.w(), s.c()));
          scope.kernels().pooling().maxBackward(s, dy.storage(), t.argmax.storage(), dx.storage());
          return dx;
        });
  }
}

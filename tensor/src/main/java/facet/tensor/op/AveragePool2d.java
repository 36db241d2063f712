package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.Pool2dShape;

/// The mean over `window x window` pixels of `x [n, h, w, c]`, padding not counted: with `k[p,q]`
/// the number of pixels of the window inside the image, `0 ≤ i, j < window`,
///
///     y[n,p,q,c] = Σᵢⱼ x[n, p·stride − pad + i, q·stride − pad + j, c] / k[p,q]
///
/// `dx` spreads every `dy / k` over its window.
public record AveragePool2d(int window, int stride, int pad) implements Op<Pool2dShape> {
  @Override
  public Forward<Pool2dShape> forward(Scope scope, Tensor... in) {
    var s = shape(this, in[0].shape(), window, stride, pad);
    var y = scope.like(in[0], Shape.of(s.n(), s.oh(), s.ow(), s.c()));
    scope.kernels().pooling().averageForward(s, in[0].storage(), y.storage());
    return new Forward<>(y, s);
  }

  @Override
  public InputGradients backward(Scope scope, Pool2dShape s, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = scope.like(dy, Shape.of(s.n(), s.h(), s.w(), s.c()));
          scope.kernels().pooling().averageBackward(s, dy.storage(), dx.storage());
          return dx;
        });
  }

  /// The geometry of a pooling op, checked.
  static Pool2dShape shape(Op<?> op, Shape x, int window, int stride, int pad) {
    require(x.rank() == 4, op, "x must be [n, h, w, c], is %s", x);
    require(
        window > 0 && stride > 0 && pad >= 0 && 2 * pad <= window,
        op,
        "window %s and stride %s must be positive, pad %s at most half the window",
        window,
        stride,
        pad);
    require(
        x.dim(1) + 2 * pad >= window && x.dim(2) + 2 * pad >= window,
        op,
        "the window %s does not fit into the image with padding %s: x %s NHWC",
        window,
        pad,
        x);
    return new Pool2dShape(x.dim(0), x.dim(1), x.dim(2), x.dim(3), window, window, stride, pad);
  }
}

package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// Multiplies every channel of every image `x [n, h, w, c]` by a factor of its own, `s [n, 1, 1,
/// c]`:
///
///     y[n,p,q,c] = x[n,p,q,c] · s[n,c]
///     dx[n,p,q,c] = dy[n,p,q,c] · s[n,c]        ds[n,c] = Σₚq dy[n,p,q,c] · x[n,p,q,c]
///
/// The last step of squeeze-and-excitation (Hu et al. 2018).
public record ScaleChannels() implements Op<ScaleChannels.Saved> {
  /// What backward remembers.
  public record Saved(Tensor x, Tensor s) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    var s = in[1];
    require(x.shape().rank() == 4, this, "x must be [n, h, w, c], is %s", x.shape());
    var n = x.shape().dim(0);
    var c = x.shape().dim(3);
    require(
        s.shape().equals(Shape.of(n, 1, 1, c)),
        this,
        "s must be [%s, 1, 1, %s] for x %s NHWC, is %s",
        n,
        c,
        x.shape(),
        s.shape());
    var y = scope.like(x);
    scope.kernels().pointwise().scaleChannels(n, x.matrix(), s.storage(), y.storage());
    return new Forward<>(y, new Saved(x, s));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    var pointwise = scope.kernels().pointwise();
    var n = t.s.shape().dim(0);
    return InputGradients.lazy(
        () -> {
          var dx = scope.like(t.x);
          pointwise.scaleChannels(n, dy.matrix(), t.s.storage(), dx.storage());
          return dx;
        },
        () -> {
          var ds = scope.like(t.s);
          pointwise.scaleChannelsBackward(n, t.x.matrix(), dy.storage(), ds.storage());
          return ds;
        });
  }
}

package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.GroupedConvShape;

/// 2-d convolution without bias in groups of channels, each group by itself: `x [n, h, w, c]`
/// (NHWC) by `w [kh, kw, c, per]`, zero padding `pad` on every side. With `g = c − c mod per`, the
/// first channel of `c`'s group, and `k` below `per`:
///
///     y[n,p,q,c]      = Σᵢⱼₖ x[n, p·stride − pad + i, q·stride − pad + j, g + k] · w[i,j,c,k]
///     dx[n,u,v,g + k] = Σ dy[n,p,q,c] · w[i,j,c,k]
///         over the group's c and all (p,i), (q,j)
///         with p·stride − pad + i = u, q·stride − pad + j = v
///     dw[i,j,c,k]     = Σₙₚq dy[n,p,q,c] · x[n, p·stride − pad + i, q·stride − pad + j, g + k]
///
/// A group has as many channels out as in. With `per = 1` it is a depthwise convolution.
public record GroupedConv2d(int stride, int pad) implements Op<GroupedConv2d.Saved> {
  /// What backward remembers.
  public record Saved(GroupedConvShape shape, Tensor x, Tensor w) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    var w = in[1];
    var s = shape(x.shape(), w.shape());
    var y = scope.like(x, Shape.of(s.n(), s.oh(), s.ow(), s.c()));
    scope.kernels().groupedConv().forward(s, x.storage(), w.storage(), y.storage());
    return new Forward<>(y, new Saved(s, x, w));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    var conv = scope.kernels().groupedConv();
    return InputGradients.lazy(
        () -> {
          var dx = scope.like(t.x);
          conv.backwardData(t.shape, dy.storage(), t.w.storage(), dx.storage());
          return dx;
        },
        () -> {
          var dw = scope.like(t.w);
          conv.backwardWeight(t.shape, t.x.storage(), dy.storage(), dw.storage());
          return dw;
        });
  }

  private GroupedConvShape shape(Shape x, Shape w) {
    require(x.rank() == 4, this, "x must be [n, h, w, c], is %s", x);
    require(w.rank() == 4, this, "weight must be [kh, kw, c, per], is %s", w);
    require(
        stride > 0 && pad >= 0,
        this,
        "stride %s must be positive, pad %s not negative",
        stride,
        pad);
    require(
        x.dim(3) == w.dim(2) && w.dim(3) > 0 && w.dim(2) % w.dim(3) == 0,
        this,
        "weight must have the %s channels of x in whole groups: x %s NHWC, weight %s [kh, kw, c,"
            + " per]",
        x.dim(3),
        x,
        w);
    require(
        x.dim(1) + 2 * pad >= w.dim(0) && x.dim(2) + 2 * pad >= w.dim(1),
        this,
        "the %s x %s window does not fit into the image with padding %s: x %s NHWC, weight %s",
        w.dim(0),
        w.dim(1),
        pad,
        x,
        w);
    return new GroupedConvShape(
        x.dim(0), x.dim(1), x.dim(2), x.dim(3), w.dim(3), w.dim(0), w.dim(1), stride, pad);
  }
}

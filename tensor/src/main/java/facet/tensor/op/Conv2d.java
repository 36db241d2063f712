package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.ConvKernels;

/// 2-d convolution without bias of `x [n, h, w, c]` (NHWC) by `w [o, kh, kw, c]` (OHWI), zero
/// padding `pad` on every side:
///
///     y[n,p,q,o]  = Σᵢⱼ꜀ x[n, p·stride − pad + i, q·stride − pad + j, c] · w[o,i,j,c]
///     dx[n,u,v,c] = Σ dy[n,p,q,o] · w[o,i,j,c]
///         over o and all (p,i), (q,j) with p·stride − pad + i = u, q·stride − pad + j = v
///     dw[o,i,j,c] = Σₙₚq dy[n,p,q,o] · x[n, p·stride − pad + i, q·stride − pad + j, c]
///
/// with `oh = ⌊(h + 2 pad − kh) / stride⌋ + 1`, `y [n, oh, ow, o]`.
public record Conv2d(int stride, int pad) implements Op<Conv2d.Saved> {
  /// What backward remembers.
  public record Saved(Conv2dShape shape, Tensor x, Tensor w) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    var w = in[1];
    var s = shape(x.shape(), w.shape());
    var y = scope.activation(s.n(), s.oh(), s.ow(), s.o());
    scope.kernels().conv().forward(s, x.storage(), w.storage(), y.storage());
    return new Forward<>(y, new Saved(s, x, w));
  }

  /// This convolution by weights that never change again, for inference: the backend may keep what
  /// it makes of them. A CPU transforms them for Winograd's algorithm once, which takes four times
  /// their memory.
  public Fixed fixed(Tensor w) {
    return new Fixed(this, w.shape(), w.backend().kernels().conv().fixed(w.storage()));
  }

  /// A convolution by weights that never change again.
  public record Fixed(Conv2d conv, Shape w, ConvKernels.Fixed kernel) {
    /// The convolution of `x`, which is not recorded for backward.
    public Tensor forward(Scope scope, Tensor x) {
      var s = conv.shape(x.shape(), w);
      var y = scope.activation(s.n(), s.oh(), s.ow(), s.o());
      kernel.forward(s, x.storage(), y.storage());
      return y;
    }
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    var conv = scope.kernels().conv();
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

  private Conv2dShape shape(Shape x, Shape w) {
    require(x.rank() == 4, this, "x must be [n, h, w, c], is %s", x);
    require(w.rank() == 4, this, "weight must be [o, kh, kw, c], is %s", w);
    require(
        stride > 0 && pad >= 0,
        this,
        "stride %s must be positive, pad %s not negative",
        stride,
        pad);
    require(
        x.dim(3) == w.dim(3),
        this,
        "weight expects %s input channels, x has %s: x %s NHWC, weight %s OHWI",
        w.dim(3),
        x.dim(3),
        x,
        w);
    require(
        x.dim(1) + 2 * pad >= w.dim(1) && x.dim(2) + 2 * pad >= w.dim(2),
        this,
        "the %s x %s window does not fit into the image with padding %s: x %s NHWC, weight %s OHWI",
        w.dim(1),
        w.dim(2),
        pad,
        x,
        w);
    return new Conv2dShape(
        x.dim(0), x.dim(1), x.dim(2), x.dim(3), w.dim(0), w.dim(1), w.dim(2), stride, pad);
  }
}

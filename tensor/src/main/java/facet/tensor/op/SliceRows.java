package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// The entries `from ≤ i < to` along the first axis, without copying:
///
///     y[i] = x[from + i]        dx[from + i] = dy[i], 0 elsewhere
public record SliceRows(int from, int to) implements Op<Shape> {
  @Override
  public Forward<Shape> forward(Scope scope, Tensor... in) {
    var x = in[0].shape();
    require(
        0 <= from && from <= to && to <= x.dim(0),
        this,
        "rows %s to %s are not in x %s",
        from,
        to,
        x);
    var dims = x.toArray();
    dims[0] = to - from;
    var part = Shape.of(dims);
    return new Forward<>(in[0].view(from * stride(x), part), x);
  }

  @Override
  public InputGradients backward(Scope scope, Shape x, Tensor dy) {
    return InputGradients.ofPart(from * stride(x), dy);
  }

  /// Elements between two entries of the first axis.
  private static int stride(Shape x) {
    return x.dim(0) == 0 ? 0 : x.size() / x.dim(0);
  }
}

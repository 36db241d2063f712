package facet.tensor.op;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Ints;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.RowKernels.Hardest;

/// For every row of `x [n, d]` (normalised embeddings) the largest inner product with a row of
/// another label, the hardest negative similarity:
///
///     y[i] = max over j, label[j] ≠ label[i], of xᵢ · xⱼ
///     dxᵢ  = dy[i] xⱼ₍ᵢ₎ + Σ over k with j(k) = i of dy[k] xₖ        j(i) the arg-max
///
/// Rows may be cut into groups, `group` one after the other: `j` is then of the group of `i`.
///
/// A row without a negative gets [facet.tensor.kernel.HistogramKernels#NO_SAMPLE]. Not smooth where
/// two negatives tie.
///
/// @param labels of the rows
/// @param group rows of a group, of which there is a whole number
public record HardestNegative(Ints labels, int group) implements Op<HardestNegative.Saved> {
  /// What backward remembers.
  public record Saved(Tensor x, Ints argmax) {}

  /// All rows are one group.
  public HardestNegative(Ints labels) {
    this(labels, Math.max(1, labels.length()));
  }

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var x = in[0];
    require(x.shape().rank() == 2, this, "x must be [n, d], is %s", x.shape());
    var n = x.shape().dim(0);
    require(labels.length() == n, this, "there are %s labels for x %s", labels.length(), x.shape());
    require(
        group > 0 && n % group == 0,
        this,
        "x %s has no whole number of groups of %s",
        x.shape(),
        group);
    var y = scope.allocate(n);
    var argmax = scope.allocateInts(n);
    for (var from = 0; from < n; from += group) {
      var found = new Hardest(part(y, from).storage(), argmax.slice(from, group).storage());
      scope
          .kernels()
          .row()
          .hardestNegative(part(x, from).matrix(), labels.slice(from, group).storage(), found);
    }
    return new Forward<>(y, new Saved(x, argmax));
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var dx = scope.allocate(t.x.shape());
          for (var from = 0; from < labels.length(); from += group) {
            scope
                .kernels()
                .row()
                .hardestNegativeBackward(
                    part(t.x, from).matrix(),
                    t.argmax.slice(from, group).storage(),
                    part(dy, from).storage(),
                    part(dx, from).storage());
          }
          return dx;
        });
  }

  /// The group that begins at row `from`.
  private Tensor part(Tensor x, int from) {
    var dims = x.shape().toArray();
    dims[0] = group;
    var shape = Shape.of(dims);
    return x.view(from * (shape.size() / group), shape);
  }
}

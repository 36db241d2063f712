package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Ints;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import facet.tensor.kernel.Margin;

/// Softmax cross-entropy of scores `z [n, classes]`, the mean over the rows:
///
///     L = −1/n Σᵢ log p[i, label[i]]        p = softmax(z)
///     ∂L/∂z[i,j] = 1/n · (p[i,j] − [j = label[i]])
///
/// It is [MarginSoftmax] without a margin, of scores of any size instead of cosines.
public record CrossEntropy(Ints labels) implements Op<MarginSoftmax.Saved> {
  private static final Margin NONE = new Margin(Margin.Kind.SOFTMAX, 0, 1);

  @Override
  public Forward<MarginSoftmax.Saved> forward(Scope scope, Tensor... in) {
    var z = in[0].shape();
    require(
        z.rank() == 2 && z.dim(0) == labels.length(),
        this,
        "scores must be [n, classes] for %s labels, are %s",
        labels.length(),
        z);
    return new MarginSoftmax(NONE, labels).forward(scope, in);
  }

  @Override
  public InputGradients backward(Scope scope, MarginSoftmax.Saved saved, Tensor dy) {
    return new MarginSoftmax(NONE, labels).backward(scope, saved, dy);
  }
}

package facet.nn.loss;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.HistogramKernels.Samples;

/// Which of the similarities `s [n]` take part in a loss: `weight [n]` of 0 and 1, and their sum
/// `count [1]`.
record Selection(Tensor s, Tensor weight, Tensor count) {
  /// Leaves out what does not exist and, with `positiveOnly`, what is not above 0, unless none is.
  static Selection of(Scope scope, Tensor s, boolean positiveOnly) {
    return of(scope, s, positiveOnly, scope.allocate(1));
  }

  /// As above, the count in memory that is given.
  static Selection of(Scope scope, Tensor s, boolean positiveOnly, Tensor count) {
    var selection = new Selection(s, scope.allocate(s.shape()), count);
    scope.kernels().histogram().select(selection.samples(), positiveOnly);
    return selection;
  }

  /// The first `n` similarities, and what was selected of them.
  Selection first(int n) {
    return new Selection(s.view(0, Shape.of(n)), weight.view(0, Shape.of(n)), count);
  }

  /// As kernels see it.
  Samples samples() {
    return new Samples(s.size(), s.storage(), weight.storage(), count.storage());
  }
}

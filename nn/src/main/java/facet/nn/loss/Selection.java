package facet.nn.loss;

import facet.tensor.Scope;
import facet.tensor.Tensor;

/// Which of `n` similarities take part in a loss: `weight [n]` of 0 and 1, and their sum `count
/// [1]`.
record Selection(Tensor weight, Tensor count) {
  /// Leaves out what does not exist and, with `positiveOnly`, what is not above 0, unless none is.
  static Selection of(Scope scope, Tensor s, boolean positiveOnly) {
    var weight = scope.allocate(s.shape());
    var count = scope.allocate(1);
    scope
        .kernels()
        .histogram()
        .select(s.size(), positiveOnly, s.storage(), weight.storage(), count.storage());
    return new Selection(weight, count);
  }
}

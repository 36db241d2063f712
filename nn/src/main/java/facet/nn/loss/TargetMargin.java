package facet.nn.loss;

import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.Margin;

/// What a margin makes of the target's cosine `c` and a parameter `p` of the row, for heads that
/// keep the target apart from the other classes: [Margin], which has no parameter, or
/// [AdaptiveMargin].
sealed interface TargetMargin {
  /// The factor on all cosines.
  double scale();

  double psi(double c, double p);

  /// The derivative of [#psi] for the cosine.
  double derivative(double c, double p);

  /// The derivative of [#psi] for the parameter.
  double parameterDerivative(double c, double p);

  /// Above which cosine another class counts as hard, given the target's; infinite if none does.
  double limit(double target);

  /// Whether other classes than the target change.
  boolean hardens();

  /// A function of the cosine alone.
  record Fixed(Margin margin) implements TargetMargin {
    @Override
    public double scale() {
      return margin.scale();
    }

    @Override
    public double psi(double c, double p) {
      return margin.psi(c);
    }

    @Override
    public double derivative(double c, double p) {
      return margin.derivative(c);
    }

    @Override
    public double parameterDerivative(double c, double p) {
      return 0;
    }

    @Override
    public double limit(double target) {
      return Double.POSITIVE_INFINITY;
    }

    @Override
    public boolean hardens() {
      return false;
    }
  }

  /// A function of the row's parameter, too.
  record Adaptive(AdaptiveMargin margin, double scale) implements TargetMargin {
    @Override
    public double psi(double c, double p) {
      return margin.psi(c, p);
    }

    @Override
    public double derivative(double c, double p) {
      return margin.derivative(c, p);
    }

    @Override
    public double parameterDerivative(double c, double p) {
      return margin.parameterDerivative(c, p);
    }

    @Override
    public double limit(double target) {
      return margin.limit(target);
    }

    @Override
    public boolean hardens() {
      return margin.kind() == AdaptiveMargin.Kind.CURRICULARFACE;
    }
  }
}

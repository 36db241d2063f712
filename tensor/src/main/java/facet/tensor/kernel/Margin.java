package facet.tensor.kernel;

/// The margin `psi` that a margin softmax puts on the cosine `c` of the target class.
///
/// | kind | psi(c) | psi'(c) |
/// |---|---|---|
/// | `SOFTMAX` | `c` | 1 |
/// | `COSFACE` (Wang et al. 2018) | `c - m` | 1 |
/// | `ARCFACE` (Deng et al. 2019) | `cos(arccos c + m)` | `cos m + c sin m / sqrt(1 - c^2)` |
/// | - where `arccos c + m > pi` | `c - m sin(pi - m)` | 1 |
/// | `ARCFACE_EASY` | as `ARCFACE` where `c > 0`, else `c` | likewise |
/// | `ARCFACE_STRAIGHT_THROUGH` | `cos(arccos c + m)` everywhere | 1 |
///
/// The straight-through kind is what insightface's arcface_torch computes.
///
/// @param m the margin: radians for the ArcFace kinds, a cosine for CosFace
/// @param scale the factor `s` on all logits
public record Margin(Kind kind, double m, double scale) {
  /// Keeps the derivative of `sqrt(1 - c^2)` finite at `|c| = 1`.
  private static final double MIN_SIN2 = 1e-9;

  /// Which function of the target's cosine.
  public enum Kind {
    SOFTMAX,
    COSFACE,
    ARCFACE,
    ARCFACE_EASY,
    ARCFACE_STRAIGHT_THROUGH
  }

  public double psi(double c) {
    return switch (kind) {
      case SOFTMAX -> c;
      case COSFACE -> c - m;
      case ARCFACE -> beyondPi(c) ? c - m * Math.sin(Math.PI - m) : addAngle(c);
      case ARCFACE_EASY -> c > 0 ? addAngle(c) : c;
      case ARCFACE_STRAIGHT_THROUGH -> addAngle(c);
    };
  }

  /// `psi'(c)`.
  public double derivative(double c) {
    return switch (kind) {
      case SOFTMAX, COSFACE, ARCFACE_STRAIGHT_THROUGH -> 1;
      case ARCFACE -> beyondPi(c) ? 1 : addAngleDerivative(c);
      case ARCFACE_EASY -> c > 0 ? addAngleDerivative(c) : 1;
    };
  }

  /// Whether `arccos c + m > pi`, where `cos` would rise again.
  private boolean beyondPi(double c) {
    return c <= Math.cos(Math.PI - m);
  }

  private double addAngle(double c) {
    return c * Math.cos(m) - Math.sqrt(Math.max(1 - c * c, 0)) * Math.sin(m);
  }

  private double addAngleDerivative(double c) {
    return Math.cos(m) + c * Math.sin(m) / Math.sqrt(Math.max(1 - c * c, MIN_SIN2));
  }
}

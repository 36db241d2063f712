package facet.tensor.kernel;

/// A margin that depends on more than the target's cosine `c = cos theta`: on a parameter `p` of
/// the row, or on the cosines of the other classes. It turns the row's cosines into those that a
/// plain softmax is trained on: `psi` of the target's, and of the others those above `limit` become
/// `c (p + c)`.
///
/// - `SPHEREFACE` (Liu et al. 2017): `psi = (-1)^k cos(m theta) - 2k`, `k = floor(m theta / pi)`;
///   `p` is unused.
/// - `CURRICULARFACE` (Huang et al. 2020): `psi` as ArcFace with `m`, `limit = cos(theta_y + m)`;
///   `p` is `t`, the moving mean of target cosines.
/// - `ADAFACE` (Kim et al. 2022): `psi = cos(theta - p) - (m + p)`, the angle kept in
///   `[1e-3, pi - 1e-3]`; `p` is `m z`, `z` the image's quality.
/// - `MAGFACE` (Meng et al. 2021): `psi` as ArcFace with `p`, the margin of the embedding's length.
/// - `MAGFACE_EASY`, as its code is set: `psi = cos(theta + p)` where `c > 0`, else `c`.
///
/// "As ArcFace" is `cos(theta + m)`, and `c - m sin(m)` where `theta + m > pi`.
///
/// @param m the margin where it is fixed: a factor for SphereFace, radians for the others
public record AdaptiveMargin(Kind kind, double m) {
  /// Keeps `1 / sin theta` finite at `|c| = 1`.
  private static final double MIN_SIN2 = 1e-9;

  /// AdaFace keeps the shifted angle so far from 0 and pi.
  private static final double ANGLE_EPS = 1e-3;

  /// Which function of the cosines.
  public enum Kind {
    SPHEREFACE,
    CURRICULARFACE,
    ADAFACE,
    MAGFACE,
    MAGFACE_EASY
  }

  /// What becomes of the target's cosine.
  public double psi(double c, double p) {
    return switch (kind) {
      case SPHEREFACE -> {
        var k = turns(c);
        yield sign(k) * Math.cos(m * angle(c)) - 2 * k;
      }
      case CURRICULARFACE -> shifted(c, m);
      case ADAFACE -> Math.cos(clippedAngle(c, p)) - (m + p);
      case MAGFACE -> shifted(c, p);
      case MAGFACE_EASY -> c > 0 ? addAngle(c, p) : c;
    };
  }

  /// The derivative of [#psi] for the cosine.
  public double derivative(double c, double p) {
    return switch (kind) {
      case SPHEREFACE -> sign(turns(c)) * m * Math.sin(m * angle(c)) / sine(c);
      case CURRICULARFACE -> shiftedDerivative(c, m);
      case ADAFACE -> isClipped(c, p) ? 0 : Math.sin(angle(c) - p) / sine(c);
      case MAGFACE -> shiftedDerivative(c, p);
      case MAGFACE_EASY -> c > 0 ? addAngleDerivative(c, p) : 1;
    };
  }

  /// The derivative of [#psi] for the parameter.
  public double parameterDerivative(double c, double p) {
    return switch (kind) {
      case SPHEREFACE, CURRICULARFACE -> 0;
      case ADAFACE -> (isClipped(c, p) ? 0 : Math.sin(angle(c) - p)) - 1;
      case MAGFACE ->
          beyondPi(c, p) ? -(Math.sin(p) + p * Math.cos(p)) : addAngleParameterDerivative(c, p);
      case MAGFACE_EASY -> c > 0 ? addAngleParameterDerivative(c, p) : 0;
    };
  }

  /// Above which cosine another class counts as hard, given the target's; nothing does where the
  /// result is infinite.
  public double limit(double target) {
    return kind == Kind.CURRICULARFACE ? addAngle(target, m) : Double.POSITIVE_INFINITY;
  }

  private double shifted(double c, double margin) {
    return beyondPi(c, margin) ? c - margin * Math.sin(margin) : addAngle(c, margin);
  }

  private double shiftedDerivative(double c, double margin) {
    return beyondPi(c, margin) ? 1 : addAngleDerivative(c, margin);
  }

  private static boolean beyondPi(double c, double margin) {
    return c <= Math.cos(Math.PI - margin);
  }

  private static double addAngle(double c, double margin) {
    return c * Math.cos(margin) - Math.sqrt(Math.max(1 - c * c, 0)) * Math.sin(margin);
  }

  private static double addAngleDerivative(double c, double margin) {
    return Math.cos(margin) + c * Math.sin(margin) / sine(c);
  }

  private static double addAngleParameterDerivative(double c, double margin) {
    return -(c * Math.sin(margin) + Math.sqrt(Math.max(1 - c * c, 0)) * Math.cos(margin));
  }

  private static double angle(double c) {
    return Math.acos(Math.clamp(c, -1, 1));
  }

  private static double sine(double c) {
    return Math.sqrt(Math.max(1 - c * c, MIN_SIN2));
  }

  private double turns(double c) {
    return Math.floor(m * angle(c) / Math.PI);
  }

  private static double sign(double k) {
    return k % 2 == 0 ? 1 : -1;
  }

  private static boolean isClipped(double c, double p) {
    var shifted = angle(c) - p;
    return shifted <= ANGLE_EPS || shifted >= Math.PI - ANGLE_EPS;
  }

  private static double clippedAngle(double c, double p) {
    return Math.clamp(angle(c) - p, ANGLE_EPS, Math.PI - ANGLE_EPS);
  }
}

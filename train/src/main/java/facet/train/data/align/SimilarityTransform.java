package facet.train.data.align;

import java.util.List;

/// A rotation with one scale and a shift: `(x, y) -> (a x - b y + tx, b x + a y + ty)`.
///
/// @param a scale times the angle's cosine
/// @param b scale times the angle's sine
public record SimilarityTransform(double a, double b, double tx, double ty) {
  /// A point in pixels; the centre of the top left pixel is (0, 0).
  public record Point(double x, double y) {}

  /// The transform that takes `from` closest to `to`, in the sense of least squares (Umeyama,
  /// "Least-squares estimation of transformation parameters between two point patterns", 1991).
  ///
  /// In two dimensions it has a closed form: read points as complex numbers less their mean, `p`
  /// and `q`; then `a + ib = sum(conj(p) q) / sum(|p|²)`. A complex factor cannot mirror, which is
  /// what Umeyama's sign correction makes sure of.
  ///
  /// @throws IllegalArgumentException if all points of `from` are the same
  public static SimilarityTransform fit(List<Point> from, List<Point> to) {
    var p = mean(from);
    var q = mean(to);
    var real = 0.0;
    var imaginary = 0.0;
    var squares = 0.0;
    for (var i = 0; i < from.size(); i++) {
      var px = from.get(i).x - p.x;
      var py = from.get(i).y - p.y;
      var qx = to.get(i).x - q.x;
      var qy = to.get(i).y - q.y;
      real += px * qx + py * qy;
      imaginary += px * qy - py * qx;
      squares += px * px + py * py;
    }
    if (!(squares > 0)) {
      throw new IllegalArgumentException("all points are the same");
    }
    var a = real / squares;
    var b = imaginary / squares;
    return new SimilarityTransform(a, b, q.x - a * p.x + b * p.y, q.y - b * p.x - a * p.y);
  }

  private static Point mean(List<Point> points) {
    return new Point(
        points.stream().mapToDouble(Point::x).average().orElse(0),
        points.stream().mapToDouble(Point::y).average().orElse(0));
  }

  public Point apply(Point p) {
    return new Point(a * p.x - b * p.y + tx, b * p.x + a * p.y + ty);
  }

  /// The way back.
  public SimilarityTransform inverse() {
    var n = a * a + b * b;
    var ia = a / n;
    var ib = -b / n;
    return new SimilarityTransform(ia, ib, ib * ty - ia * tx, -ib * tx - ia * ty);
  }

  /// How many times longer lengths become.
  public double scale() {
    return Math.hypot(a, b);
  }

  /// The angle of rotation in degrees, in (-180, 180].
  public double degrees() {
    return Math.toDegrees(Math.atan2(b, a));
  }

  /// The root of the mean squared distance of the transformed `from` to `to`.
  public double residual(List<Point> from, List<Point> to) {
    var sum = 0.0;
    for (var i = 0; i < from.size(); i++) {
      var p = apply(from.get(i));
      sum += Math.pow(p.x - to.get(i).x, 2) + Math.pow(p.y - to.get(i).y, 2);
    }
    return Math.sqrt(sum / from.size());
  }
}

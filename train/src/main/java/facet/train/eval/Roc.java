package facet.train.eval;

import static facet.train.error.Printable.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The receiver operating characteristic: true-accept over false-accept rate as the threshold
/// falls.
///
/// @param points from the highest threshold to the lowest
public record Roc(List<Point> points) {
  /// A pair is accepted if its similarity is at least `threshold-cosine`.
  ///
  /// @param far share of the negatives that are accepted
  /// @param tar share of the positives that are accepted
  public record Point(double far, double tar, double threshold) {}

  public Roc {
    points = List.copyOf(points);
  }

  /// The curve at the thresholds that single negatives set, as TAR@FAR takes them; of many
  /// negatives about `most` points are taken, evenly over the logarithm of the rate.
  public static Roc of(Similarities s, int most) {
    var positives = s.positives();
    var negatives = s.negatives();
    if (!s.isComplete()) {
      return new Roc(List.of());
    }
    var points = new ArrayList<Point>();
    // above every negative
    var above = Math.nextUp(negatives[negatives.length - 1]);
    points.add(new Point(0, Similarities.share(positives, above), above));
    var growth = Math.pow(negatives.length, 1.0 / most);
    for (long rank = 1; rank <= negatives.length; rank = next(rank, growth)) {
      var threshold = negatives[(int) (negatives.length - rank)];
      var far = Similarities.share(negatives, threshold);
      if (far > points.getLast().far()) {
        points.add(new Point(far, Similarities.share(positives, threshold), threshold));
      }
    }
    var lowest = Math.min(positives[0], negatives[0]);
    if (points.getLast().far() < 1 || points.getLast().tar() < 1) {
      points.add(new Point(1, 1, lowest));
    }
    return new Roc(points);
  }

  private static long next(long rank, double growth) {
    return Math.max(rank + 1, (long) (rank * growth));
  }

  /// The points as columns `far`, `tar`, `threshold`.
  public Map<String, double[]> json() {
    var columns = new LinkedHashMap<String, double[]>();
    columns.put("far", points.stream().mapToDouble(Point::far).toArray());
    columns.put("tar", points.stream().mapToDouble(Point::tar).toArray());
    columns.put("threshold-cosine", points.stream().mapToDouble(Point::threshold).toArray());
    return columns;
  }

  /// Lines `set,far,tar,threshold-cosine` without a header.
  public String csv(String set) {
    var text = new StringBuilder();
    for (var p : points) {
      text.append(format("%s,%s,%s,%s\n", set, p.far, p.tar, Float.toString((float) p.threshold)));
    }
    return text.toString();
  }
}

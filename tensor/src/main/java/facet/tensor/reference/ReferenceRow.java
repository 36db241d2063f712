package facet.tensor.reference;

import facet.tensor.IntArray;
import facet.tensor.Storage;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.HistogramKernels;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.RowKernels;

/// [RowKernels], one row after the other.
final class ReferenceRow implements RowKernels {
  @Override
  public void normalize(int rows, int columns, double eps, Storage x, Storage y, Storage norm) {
    for (var r = 0; r < rows; r++) {
      var length = Math.max(Math.sqrt(product(columns, x, r, x, r)), eps);
      DoubleStorage.of(norm).set(r, length);
      for (var i = r * columns; i < (r + 1) * columns; i++) {
        DoubleStorage.of(y).set(i, DoubleStorage.of(x).get(i) / length);
      }
    }
  }

  @Override
  public void normalizeBackward(
      int rows, int columns, double eps, Storage y, Storage norm, Storage dy, Storage dx) {
    for (var r = 0; r < rows; r++) {
      var length = DoubleStorage.of(norm).get(r);
      var radial = length == eps ? 0 : product(columns, y, r, dy, r);
      for (var i = r * columns; i < (r + 1) * columns; i++) {
        var tangential = DoubleStorage.of(dy).get(i) - DoubleStorage.of(y).get(i) * radial;
        DoubleStorage.of(dx).set(i, tangential / length);
      }
    }
  }

  @Override
  public void dot(int rows, int columns, Storage a, Storage b, Storage y) {
    for (var r = 0; r < rows; r++) {
      DoubleStorage.of(y).set(r, product(columns, a, r, b, r));
    }
  }

  @Override
  public void dotBackward(int rows, int columns, Storage dy, Storage other, Storage dx) {
    for (var r = 0; r < rows; r++) {
      for (var i = r * columns; i < (r + 1) * columns; i++) {
        DoubleStorage.of(dx).set(i, DoubleStorage.of(dy).get(r) * DoubleStorage.of(other).get(i));
      }
    }
  }

  @Override
  public void hardestNegative(
      int rows, int columns, Storage x, Storage labels, Storage value, Storage argmax) {
    var label = IntArray.of(labels);
    for (var i = 0; i < rows; i++) {
      var hardest = -1;
      var largest = HistogramKernels.NO_SAMPLE;
      for (var j = 0; j < rows; j++) {
        if (label.get(i) != label.get(j)) {
          var similarity = product(columns, x, i, x, j);
          if (hardest < 0 || similarity > largest) {
            hardest = j;
            largest = similarity;
          }
        }
      }
      DoubleStorage.of(value).set(i, largest);
      IntArray.of(argmax).set(i, hardest);
    }
  }

  @Override
  public void hardestNegativeBackward(
      int rows, int columns, Storage x, Storage argmax, Storage dvalue, Storage dx) {
    var in = DoubleStorage.of(x);
    var out = DoubleStorage.of(dx);
    out.fill(rows * columns, 0);
    for (var i = 0; i < rows; i++) {
      var j = IntArray.of(argmax).get(i);
      for (var c = 0; j >= 0 && c < columns; c++) {
        var d = DoubleStorage.of(dvalue).get(i);
        out.add(i * columns + c, d * in.get(j * columns + c));
        out.add(j * columns + c, d * in.get(i * columns + c));
      }
    }
  }

  @Override
  public void marginSoftmax(
      int rows, int classes, Margin margin, Storage c, Storage labels, Storage lse, Storage loss) {
    var total = 0.0;
    for (var i = 0; i < rows; i++) {
      var label = IntArray.of(labels).get(i);
      var largest = Double.NEGATIVE_INFINITY;
      for (var j = 0; j < classes; j++) {
        largest = Math.max(largest, logit(margin, c, i * classes + j, j == label));
      }
      var sum = 0.0;
      for (var j = 0; j < classes; j++) {
        sum += Math.exp(logit(margin, c, i * classes + j, j == label) - largest);
      }
      DoubleStorage.of(lse).set(i, largest + Math.log(sum));
      total += DoubleStorage.of(lse).get(i) - logit(margin, c, i * classes + label, true);
    }
    DoubleStorage.of(loss).set(0, rows == 0 ? 0 : total / rows);
  }

  @Override
  public void marginSoftmaxBackward(
      int rows,
      int classes,
      Margin margin,
      Storage c,
      Storage labels,
      Storage lse,
      Storage dloss,
      Storage dc) {
    var factor = DoubleStorage.of(dloss).get(0) * margin.scale() / rows;
    for (var i = 0; i < rows; i++) {
      var label = IntArray.of(labels).get(i);
      for (var j = 0; j < classes; j++) {
        var at = i * classes + j;
        var z = logit(margin, c, at, j == label);
        var p = Math.exp(z - DoubleStorage.of(lse).get(i));
        DoubleStorage.of(dc)
            .set(
                at,
                j == label
                    ? factor * (p - 1) * margin.derivative(DoubleStorage.of(c).get(at))
                    : factor * p);
      }
    }
  }

  private static double logit(Margin margin, Storage c, int at, boolean target) {
    var cosine = DoubleStorage.of(c).get(at);
    return margin.scale() * (target ? margin.psi(cosine) : cosine);
  }

  @Override
  public void adaptiveMargin(
      int rows,
      int classes,
      AdaptiveMargin margin,
      Storage c,
      Storage labels,
      Storage p,
      Storage y) {
    var in = DoubleStorage.of(c);
    for (var i = 0; i < rows; i++) {
      var target = i * classes + IntArray.of(labels).get(i);
      var parameter = DoubleStorage.of(p).get(i);
      var limit = margin.limit(in.get(target));
      for (var at = i * classes; at < (i + 1) * classes; at++) {
        var cosine = in.get(at);
        var other = cosine > limit ? cosine * (parameter + cosine) : cosine;
        DoubleStorage.of(y).set(at, at == target ? margin.psi(cosine, parameter) : other);
      }
    }
  }

  @Override
  public void adaptiveMarginBackward(
      int rows,
      int classes,
      AdaptiveMargin margin,
      Storage c,
      Storage labels,
      Storage p,
      Storage dy,
      Storage dc,
      Storage dp) {
    var in = DoubleStorage.of(c);
    for (var i = 0; i < rows; i++) {
      var target = i * classes + IntArray.of(labels).get(i);
      var parameter = DoubleStorage.of(p).get(i);
      var limit = margin.limit(in.get(target));
      var sum = 0.0;
      for (var at = i * classes; at < (i + 1) * classes; at++) {
        var cosine = in.get(at);
        var upstream = DoubleStorage.of(dy).get(at);
        var slope = cosine > limit ? parameter + 2 * cosine : 1;
        if (at == target) {
          slope = margin.derivative(cosine, parameter);
          sum += upstream * margin.parameterDerivative(cosine, parameter);
        } else if (cosine > limit) {
          sum += upstream * cosine;
        }
        DoubleStorage.of(dc).set(at, upstream * slope);
      }
      DoubleStorage.of(dp).set(i, sum);
    }
  }

  /// The dot product of row `i` of `a` and row `j` of `b`.
  private static double product(int columns, Storage a, int i, Storage b, int j) {
    var sum = 0.0;
    for (var c = 0; c < columns; c++) {
      sum += DoubleStorage.of(a).get(i * columns + c) * DoubleStorage.of(b).get(j * columns + c);
    }
    return sum;
  }
}

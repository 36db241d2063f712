package facet.tensor.reference;

import facet.tensor.IntArray;
import facet.tensor.Storage;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.HistogramKernels;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.RowKernels;

/// [RowKernels], one row after the other.
final class ReferenceRow implements RowKernels {
  @Override
  public void normalize(Matrix x, double eps, UnitRows out) {
    for (var r = 0; r < x.rows(); r++) {
      var length = Math.max(Math.sqrt(product(x, r, x, r)), eps);
      DoubleStorage.of(out.norm()).set(r, length);
      for (var i = r * x.columns(); i < (r + 1) * x.columns(); i++) {
        DoubleStorage.of(out.y()).set(i, DoubleStorage.of(x.values()).get(i) / length);
      }
    }
  }

  @Override
  public void normalizeBackward(UnitRows unit, double eps, Matrix dy, Storage dx) {
    var y = new Matrix(dy.rows(), dy.columns(), unit.y());
    for (var r = 0; r < dy.rows(); r++) {
      var length = DoubleStorage.of(unit.norm()).get(r);
      var radial = length == eps ? 0 : product(y, r, dy, r);
      for (var i = r * dy.columns(); i < (r + 1) * dy.columns(); i++) {
        var along = DoubleStorage.of(unit.y()).get(i) * radial;
        var tangential = DoubleStorage.of(dy.values()).get(i) - along;
        DoubleStorage.of(dx).set(i, tangential / length);
      }
    }
  }

  @Override
  public void dot(Matrix a, Matrix b, Storage y) {
    for (var r = 0; r < a.rows(); r++) {
      DoubleStorage.of(y).set(r, product(a, r, b, r));
    }
  }

  @Override
  public void dotBackward(Storage dy, Matrix other, Storage dx) {
    var factor = DoubleStorage.of(other.values());
    for (var r = 0; r < other.rows(); r++) {
      for (var i = r * other.columns(); i < (r + 1) * other.columns(); i++) {
        DoubleStorage.of(dx).set(i, DoubleStorage.of(dy).get(r) * factor.get(i));
      }
    }
  }

  @Override
  public void hardestNegative(Matrix x, Storage labels, Hardest out) {
    var rows = x.rows();
    var label = IntArray.of(labels);
    for (var i = 0; i < rows; i++) {
      var hardest = -1;
      var largest = HistogramKernels.NO_SAMPLE;
      for (var j = 0; j < rows; j++) {
        if (label.get(i) != label.get(j)) {
          var similarity = product(x, i, x, j);
          if (hardest < 0 || similarity > largest) {
            hardest = j;
            largest = similarity;
          }
        }
      }
      DoubleStorage.of(out.value()).set(i, largest);
      IntArray.of(out.argmax()).set(i, hardest);
    }
  }

  @Override
  public void hardestNegativeBackward(Matrix x, Storage argmax, Storage dvalue, Storage dx) {
    var columns = x.columns();
    var in = DoubleStorage.of(x.values());
    var out = DoubleStorage.of(dx);
    out.fill(x.size(), 0);
    for (var i = 0; i < x.rows(); i++) {
      var j = IntArray.of(argmax).get(i);
      for (var c = 0; j >= 0 && c < columns; c++) {
        var d = DoubleStorage.of(dvalue).get(i);
        out.add(i * columns + c, d * in.get(j * columns + c));
        out.add(j * columns + c, d * in.get(i * columns + c));
      }
    }
  }

  @Override
  public void marginSoftmax(Cosines cosines, Margin margin, Storage lse, Storage loss) {
    var rows = cosines.rows();
    var classes = cosines.classes();
    var c = DoubleStorage.of(cosines.c().values());
    var total = 0.0;
    for (var i = 0; i < rows; i++) {
      var label = IntArray.of(cosines.labels()).get(i);
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
      Cosines cosines, Margin margin, Storage lse, Storage dloss, Storage dc) {
    var rows = cosines.rows();
    var classes = cosines.classes();
    var c = DoubleStorage.of(cosines.c().values());
    var factor = DoubleStorage.of(dloss).get(0) * margin.scale() / rows;
    for (var i = 0; i < rows; i++) {
      var label = IntArray.of(cosines.labels()).get(i);
      for (var j = 0; j < classes; j++) {
        var at = i * classes + j;
        var z = logit(margin, c, at, j == label);
        var p = Math.exp(z - DoubleStorage.of(lse).get(i));
        DoubleStorage.of(dc)
            .set(at, j == label ? factor * (p - 1) * margin.derivative(c.get(at)) : factor * p);
      }
    }
  }

  private static double logit(Margin margin, DoubleStorage c, int at, boolean target) {
    var cosine = c.get(at);
    return margin.scale() * (target ? margin.psi(cosine) : cosine);
  }

  @Override
  public void adaptiveMargin(Cosines c, AdaptiveMargin margin, Storage p, Storage y) {
    var classes = c.classes();
    var in = DoubleStorage.of(c.c().values());
    for (var i = 0; i < c.rows(); i++) {
      var target = i * classes + IntArray.of(c.labels()).get(i);
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
      Cosines c, AdaptiveMargin margin, Storage p, Storage dy, AdaptiveGradient out) {
    var classes = c.classes();
    var in = DoubleStorage.of(c.c().values());
    for (var i = 0; i < c.rows(); i++) {
      var target = i * classes + IntArray.of(c.labels()).get(i);
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
        DoubleStorage.of(out.dc()).set(at, upstream * slope);
      }
      DoubleStorage.of(out.dp()).set(i, sum);
    }
  }

  /// The dot product of row `i` of `a` and row `j` of `b`.
  private static double product(Matrix a, int i, Matrix b, int j) {
    var left = DoubleStorage.of(a.values());
    var right = DoubleStorage.of(b.values());
    var columns = a.columns();
    var sum = 0.0;
    for (var c = 0; c < columns; c++) {
      sum += left.get(i * columns + c) * right.get(j * columns + c);
    }
    return sum;
  }
}

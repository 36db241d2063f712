package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.CounterRandom;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.PointwiseKernels;
import java.util.function.IntToDoubleFunction;

/// [PointwiseKernels], one element after the other.
final class ReferencePointwise implements PointwiseKernels {
  @Override
  public void fill(int n, double value, Storage y) {
    DoubleStorage.of(y).fill(n, value);
  }

  @Override
  public void copy(int n, Storage x, Storage y) {
    each(n, y, DoubleStorage.of(x)::get);
  }

  @Override
  public void add(int n, Storage a, Storage b, Storage y) {
    var left = DoubleStorage.of(a);
    var right = DoubleStorage.of(b);
    each(n, y, i -> left.get(i) + right.get(i));
  }

  @Override
  public void subtract(int n, Storage a, Storage b, Storage y) {
    var left = DoubleStorage.of(a);
    var right = DoubleStorage.of(b);
    each(n, y, i -> left.get(i) - right.get(i));
  }

  @Override
  public void multiply(int n, Storage a, Storage b, Storage y) {
    var left = DoubleStorage.of(a);
    var right = DoubleStorage.of(b);
    each(n, y, i -> left.get(i) * right.get(i));
  }

  @Override
  public void divide(int n, Storage a, Storage b, Storage y) {
    var left = DoubleStorage.of(a);
    var right = DoubleStorage.of(b);
    each(n, y, i -> left.get(i) / right.get(i));
  }

  @Override
  public void exp(int n, Storage x, Storage y) {
    var in = DoubleStorage.of(x);
    each(n, y, i -> Math.exp(in.get(i)));
  }

  @Override
  public void log(int n, Storage x, Storage y) {
    var in = DoubleStorage.of(x);
    each(n, y, i -> Math.log(in.get(i)));
  }

  @Override
  public void relu(int n, Storage x, Storage y) {
    var in = DoubleStorage.of(x);
    each(n, y, i -> in.get(i) < 0 ? 0 : in.get(i));
  }

  @Override
  public void reluBackward(int n, Storage x, Storage dy, Storage dx) {
    var in = DoubleStorage.of(x);
    var gradient = DoubleStorage.of(dy);
    each(n, dx, i -> in.get(i) > 0 ? gradient.get(i) : 0);
  }

  @Override
  public void sigmoid(int n, Storage x, Storage y) {
    var in = DoubleStorage.of(x);
    each(n, y, i -> 1 / (1 + Math.exp(-in.get(i))));
  }

  @Override
  public void sigmoidBackward(int n, Storage y, Storage dy, Storage dx) {
    var out = DoubleStorage.of(y);
    var gradient = DoubleStorage.of(dy);
    each(n, dx, i -> gradient.get(i) * out.get(i) * (1 - out.get(i)));
  }

  @Override
  public void axpy(int n, double alpha, Storage x, Storage y) {
    var in = DoubleStorage.of(x);
    var out = DoubleStorage.of(y);
    each(n, y, i -> out.get(i) + alpha * in.get(i));
  }

  @Override
  public void scale(int n, double alpha, Storage x, Storage y) {
    var in = DoubleStorage.of(x);
    each(n, y, i -> alpha * in.get(i));
  }

  @Override
  public void scaleBy(int n, double alpha, Storage s, Storage x, Storage y) {
    scale(n, alpha * DoubleStorage.of(s).get(0), x, y);
  }

  @Override
  public void broadcast(int n, double alpha, Storage s, Storage y) {
    fill(n, alpha * DoubleStorage.of(s).get(0), y);
  }

  @Override
  public void sum(int n, double alpha, Storage x, Storage y) {
    var in = DoubleStorage.of(x);
    var sum = 0.0;
    for (var i = 0; i < n; i++) {
      sum += in.get(i);
    }
    DoubleStorage.of(y).set(0, alpha * sum);
  }

  @Override
  public void addBias(Matrix x, Storage bias, Storage y) {
    var in = DoubleStorage.of(x.values());
    var b = DoubleStorage.of(bias);
    each(x.size(), y, i -> in.get(i) + b.get(i % x.columns()));
  }

  @Override
  public void scaleChannels(int images, Matrix x, Storage s, Storage y) {
    var in = DoubleStorage.of(x.values());
    var factors = DoubleStorage.of(s);
    each(x.size(), y, i -> in.get(i) * factors.get(factor(images, x, i)));
  }

  @Override
  public void scaleChannelsBackward(int images, Matrix x, Storage dy, Storage ds) {
    var in = DoubleStorage.of(x.values());
    var gradient = DoubleStorage.of(dy);
    var out = DoubleStorage.of(ds);
    out.fill(images * x.columns(), 0);
    for (var i = 0; i < x.size(); i++) {
      out.add(factor(images, x, i), in.get(i) * gradient.get(i));
    }
  }

  /// Where the factor of element `i` is.
  private static int factor(int images, Matrix x, int i) {
    var image = i / x.columns() / (x.rows() / images);
    return image * x.columns() + i % x.columns();
  }

  @Override
  public void columnSum(Matrix x, Storage y) {
    var in = DoubleStorage.of(x.values());
    var out = DoubleStorage.of(y);
    out.fill(x.columns(), 0);
    for (var i = 0; i < x.size(); i++) {
      out.add(i % x.columns(), in.get(i));
    }
  }

  @Override
  public void prelu(Matrix x, Storage slope, Storage y) {
    var in = DoubleStorage.of(x.values());
    var a = DoubleStorage.of(slope);
    each(x.size(), y, i -> in.get(i) > 0 ? in.get(i) : a.get(i % x.columns()) * in.get(i));
  }

  @Override
  public void preluBackward(Matrix x, Storage slope, Storage dy, PReluGradient out) {
    var columns = x.columns();
    var in = DoubleStorage.of(x.values());
    var a = DoubleStorage.of(slope);
    var gradient = DoubleStorage.of(dy);
    each(x.size(), out.dx(), i -> gradient.get(i) * (in.get(i) > 0 ? 1 : a.get(i % columns)));
    var da = DoubleStorage.of(out.dslope());
    da.fill(columns, 0);
    for (var i = 0; i < x.size(); i++) {
      if (in.get(i) <= 0) {
        da.add(i % columns, gradient.get(i) * in.get(i));
      }
    }
  }

  @Override
  public void dropout(int n, double rate, long seed, Storage x, Storage y) {
    var in = DoubleStorage.of(x);
    each(n, y, i -> CounterRandom.uniform(seed, i) >= rate ? in.get(i) / (1 - rate) : 0);
  }

  private static void each(int n, Storage y, IntToDoubleFunction value) {
    var out = DoubleStorage.of(y);
    for (var i = 0; i < n; i++) {
      out.set(i, value.applyAsDouble(i));
    }
  }
}

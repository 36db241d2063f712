package facet.tensor.kernel;

import facet.tensor.Storage;

/// Elementwise kernels, and those that broadcast along or sum over rows.
public interface PointwiseKernels {
  void fill(int n, double value, Storage y);

  void copy(int n, Storage x, Storage y);

  /// `y = a + b`.
  void add(int n, Storage a, Storage b, Storage y);

  /// `y = a - b`.
  void subtract(int n, Storage a, Storage b, Storage y);

  /// `y = a * b`, element by element.
  void multiply(int n, Storage a, Storage b, Storage y);

  /// `y = a / b`, element by element.
  void divide(int n, Storage a, Storage b, Storage y);

  /// `y = e^x`; where it is not a normal number of the element type it may be 0.
  void exp(int n, Storage x, Storage y);

  /// `y = ln x`.
  void log(int n, Storage x, Storage y);

  /// `y = 0 where x < 0, else x`.
  void relu(int n, Storage x, Storage y);

  /// `dx = dy where x > 0, else 0`; `dx` may be `dy`.
  void reluBackward(int n, Storage x, Storage dy, Storage dx);

  /// `y = 1 / (1 + e^-x)`.
  void sigmoid(int n, Storage x, Storage y);

  /// `dx = dy * y * (1 - y)`; `dx` may be `dy`.
  void sigmoidBackward(int n, Storage y, Storage dy, Storage dx);

  /// `y += alpha * x`.
  void axpy(int n, double alpha, Storage x, Storage y);

  /// `y = alpha * x`.
  void scale(int n, double alpha, Storage x, Storage y);

  /// `y = alpha * s[0] * x`: a scale that lives on the backend, such as the gradient of a loss.
  void scaleBy(int n, double alpha, Storage s, Storage x, Storage y);

  /// `y[i] = alpha * s[0]` for all i.
  void broadcast(int n, double alpha, Storage s, Storage y);

  /// `y[0] = alpha * sum x`.
  void sum(int n, double alpha, Storage x, Storage y);

  /// `y[r, c] = x[r, c] + bias[c]`.
  void addBias(Matrix x, Storage bias, Storage y);

  /// `y[r, c] = x[r, c] * s[i, c]`, where the rows are those of `images` equal images and `i` is
  /// the image of row `r`.
  void scaleChannels(int images, Matrix x, Storage s, Storage y);

  /// `ds[i, c] = sum over the rows r of image i of x[r, c] * dy[r, c]`.
  void scaleChannelsBackward(int images, Matrix x, Storage dy, Storage ds);

  /// `y[c] = sum over r of x[r, c]`.
  void columnSum(Matrix x, Storage y);

  /// `y = x if x > 0, else slope[c] * x`.
  void prelu(Matrix x, Storage slope, Storage y);

  /// `dx = dy * (x > 0 ? 1 : slope[c])`, `dslope[c] = sum over r of dy * x * [x <= 0]`.
  void preluBackward(Matrix x, Storage slope, Storage dy, PReluGradient out);

  /// The gradients of [#prelu].
  record PReluGradient(Storage dx, Storage dslope) {}

  /// Inverted dropout: `y[i] = x[i] / (1 - rate)` where [CounterRandom#uniform] of (seed, i) is at
  /// least `rate`, else 0. The same call on `dy` is its backward.
  void dropout(int n, double rate, long seed, Storage x, Storage y);
}

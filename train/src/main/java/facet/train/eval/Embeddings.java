package facet.train.eval;

import facet.tensor.Backend;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.op.MatMul;

/// Embeddings of `count` images, row-major `[count, dim]`, each row of length 1.
///
/// @param meanNorm the mean length of the network's embeddings, of plain and mirrored images each
///     (`XNorm` in insightface's log lines); NaN where they are not the network's own
public record Embeddings(float[] values, int dim, double meanNorm) {
  /// Cosines to compute at a time.
  static final int BLOCK = 1 << 22;

  public int count() {
    return dim == 0 ? 0 : values.length / dim;
  }

  /// The cosine of images `i` and `j`.
  public float cosine(int i, int j) {
    return cosine(this, i, this, j);
  }

  /// The cosine of image `i` of `e` and image `j` of `f`.
  public static float cosine(Embeddings e, int i, Embeddings f, int j) {
    var sum = 0f;
    int a = i * e.dim;
    int b = j * f.dim;
    for (var k = 0; k < e.dim; k++) {
      sum += e.values[a + k] * f.values[b + k];
    }
    return sum;
  }

  /// The cosines of all rows of `x [n, dim]` with all of `y [m, dim]`: `[n, m]`.
  static float[] cosines(Backend backend, float[] x, float[] y, int dim) {
    try (var tape = Tape.inference(backend)) {
      var rows = tape.of(Shape.of(x.length / dim, dim), x);
      var columns = tape.of(Shape.of(y.length / dim, dim), y);
      return tape.apply(new MatMul(false, true), rows, columns).toFloats();
    }
  }

  /// The squared Euclidean distance of images `i` and `j`, in `[0, 4]`.
  public double squaredDistance(int i, int j) {
    var sum = 0.0;
    int a = i * dim;
    int b = j * dim;
    for (var k = 0; k < dim; k++) {
      double d = values[a + k] - values[b + k];
      sum += d * d;
    }
    return sum;
  }

  /// As [#normalize], rounding only the result.
  static Embeddings normalized(double[] values, int dim) {
    var rounded = new float[values.length];
    for (var row = 0; row < values.length; row += dim) {
      var squares = 0.0;
      for (var k = row; k < row + dim; k++) {
        squares += values[k] * values[k];
      }
      var norm = Math.sqrt(squares);
      for (var k = row; k < row + dim; k++) {
        rounded[k] = norm > 0 ? (float) (values[k] / norm) : 0;
      }
    }
    return new Embeddings(rounded, dim, Double.NaN);
  }

  /// Normalises the rows of `values [count, dim]` in place; a row of zeros stays one.
  ///
  /// @return the lengths of the rows before
  public static float[] normalize(float[] values, int dim) {
    var norms = new float[dim == 0 ? 0 : values.length / dim];
    for (var r = 0; r < norms.length; r++) {
      var squares = 0.0;
      for (var k = r * dim; k < (r + 1) * dim; k++) {
        squares += (double) values[k] * values[k];
      }
      var norm = Math.sqrt(squares);
      norms[r] = (float) norm;
      var scale = norm > 0 ? 1 / norm : 0;
      for (var k = r * dim; k < (r + 1) * dim; k++) {
        values[k] = (float) (values[k] * scale);
      }
    }
    return norms;
  }
}

// Winograd's algorithm F(m, 3), made from its points, and what the points do to rounding.
//
//     ./facet java docs/course/Winograd.java
//     ./facet java docs/course/Winograd.java answer

static final double ROOT = Math.sqrt(2);

/// y = At [(G g) · (Bt d)], n = m + 2 products for m results of a filter g of 3 taps: the points
/// a₀ .. a₍ₙ₋₂₎ and infinity.
record Algorithm(double[][] at, double[][] g, double[][] bt) {
  static Algorithm of(int m, double... points) {
    var n = m + 2;
    var at = new double[m][n];
    var g = new double[n][3];
    var bt = new double[n][n];
    for (var j = 0; j < n - 1; j++) {
      var a = points[j];
      var scale = 1.0; // Π (a − aₗ)
      var polynomial = new double[] {1}; // Π (x − aₗ), the lowest power first
      for (var l = 0; l < n - 1; l++) {
        if (l != j) {
          scale *= a - points[l];
          polynomial = times(polynomial, points[l]);
        }
      }
      for (var i = 0; i < m; i++) {
        at[i][j] = Math.pow(a, i);
      }
      for (var k = 0; k < 3; k++) {
        g[j][k] = Math.pow(a, k) / scale;
      }
      System.arraycopy(polynomial, 0, bt[j], 0, n - 1);
    }
    var all = new double[] {1};
    for (var a : points) {
      all = times(all, a);
    }
    at[m - 1][n - 1] = 1;
    g[n - 1][2] = 1;
    System.arraycopy(all, 0, bt[n - 1], 0, n);
    return new Algorithm(at, g, bt);
  }

  /// p(x) (x − a)
  private static double[] times(double[] p, double a) {
    var product = new double[p.length + 1];
    for (var i = 0; i < p.length; i++) {
      product[i + 1] += p[i];
      product[i] -= a * p[i];
    }
    return product;
  }

  /// The m x m results of a tile d [n, n] and a filter f [3, 3], rounded to float at every step.
  float[][] convolve(float[][] d, float[][] f) {
    var v = both(bt, d);
    var u = both(g, f);
    for (var i = 0; i < v.length; i++) {
      for (var j = 0; j < v.length; j++) {
        v[i][j] *= u[i][j];
      }
    }
    return both(at, v);
  }

  /// T x Tᵗ
  private static float[][] both(double[][] t, float[][] x) {
    return product(t, transposed(product(t, transposed(x))));
  }

  private static float[][] transposed(float[][] x) {
    var y = new float[x[0].length][x.length];
    for (var i = 0; i < x.length; i++) {
      for (var j = 0; j < x[0].length; j++) {
        y[j][i] = x[i][j];
      }
    }
    return y;
  }

  private static float[][] product(double[][] t, float[][] x) {
    var y = new float[t.length][x[0].length];
    for (var i = 0; i < t.length; i++) {
      for (var j = 0; j < x[0].length; j++) {
        for (var k = 0; k < x.length; k++) {
          y[i][j] = Math.fma((float) t[i][k], x[k][j], y[i][j]);
        }
      }
    }
    return y;
  }
}

void main(String... arguments) {
  if (arguments.length > 0) {
    answer();
    return;
  }
  for (var row : Algorithm.of(2, 0, 1, -1).bt()) {
    IO.println("F(2, 3), a row of Bt: " + Arrays.toString(row));
  }
  var usual = error(4, 0, 1, -1, 2, -2);
  var chosen = error(4, 0, 1 / ROOT, -1 / ROOT, ROOT, -ROOT);
  IO.println("F(4x4, 3x3): error %.1e with 0, ±1, ±2, ∞; %.1e with 0, ±1/√2, ±√2, ∞"
      .formatted(usual, chosen));
}

/// The root of the mean squared error of many random tiles, as a share of that of the results.
double error(int m, double... points) {
  var algorithm = Algorithm.of(m, points);
  var random = new Random(1);
  var errors = 0.0;
  var values = 0.0;
  for (var tile = 0; tile < 2000; tile++) {
    var d = uniform(random, m + 2);
    var f = uniform(random, 3);
    var y = algorithm.convolve(d, f);
    for (var i = 0; i < m; i++) {
      for (var j = 0; j < m; j++) {
        var exact = 0.0;
        for (var tap = 0; tap < 9; tap++) {
          exact += (double) d[i + tap / 3][j + tap % 3] * f[tap / 3][tap % 3];
        }
        errors += (y[i][j] - exact) * (y[i][j] - exact);
        values += exact * exact;
      }
    }
  }
  return Math.sqrt(errors / values);
}

float[][] uniform(Random random, int side) {
  var x = new float[side][side];
  for (var row : x) {
    for (var j = 0; j < side; j++) {
      row[j] = 2 * random.nextFloat() - 1;
    }
  }
  return x;
}

/// Multiplications for a result, and the error, as tiles grow.
void answer() {
  double[] points = {0, 1 / ROOT, -1 / ROOT, ROOT, -ROOT, 1, -1};
  for (var m = 2; m <= 6; m += 2) {
    var used = m == 2 ? new double[] {0, 1, -1} : Arrays.copyOf(points, m + 1);
    var products = (m + 2.0) * (m + 2) / (m * m);
    IO.println("F(%dx%d, 3x3): %.2f multiplications instead of 9, error %.1e"
        .formatted(m, m, products, error(m, used)));
  }
}

// One convolution three ways: by its definition, as a product of matrices, by the engine's kernels.
//
//     ./facet java docs/course/Convolution.java
//     ./facet java docs/course/Convolution.java answer

import facet.kernels.cpu.ConvAlgorithm;
import facet.kernels.cpu.CpuBackend;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.op.Conv2d;
import facet.tensor.op.MatMul;

static final int N = 4, SIDE = 16, C = 32, O = 32; // 3x3, stride 1, padded by 1

void main(String... arguments) {
  if (arguments.length > 0) {
    answer();
    return;
  }
  var random = new Random(1);
  var x = random.doubles((long) N * SIDE * SIDE * C, -1, 1).toArray(); // [n, h, w, c]
  var w = random.doubles(O * 9L * C, -1, 1).toArray(); // [o, 3, 3, c]
  var y = definition(x, w);
  IO.println("patches and a product: error %.0e".formatted(error(y, product(x, w))));
  IO.println("implicit gemm:         error %.0e".formatted(
      error(y, engine(ConvAlgorithm.DIRECT, x, w))));
  IO.println("Winograd's algorithm:  error %.0e".formatted(
      error(y, engine(ConvAlgorithm.FASTEST, x, w))));
}

/// y[n,p,q,o] = Σᵢⱼ꜀ x[n, p − 1 + i, q − 1 + j, c] · w[o,i,j,c], zeros outside the image.
double[] definition(double[] x, double[] w) {
  var y = new double[N * SIDE * SIDE * O];
  for (var pixel = 0; pixel < N * SIDE * SIDE; pixel++) {
    for (var tap = 0; tap < 9; tap++) {
      var from = neighbour(pixel, tap);
      for (var o = 0; from >= 0 && o < O; o++) {
        for (var c = 0; c < C; c++) {
          y[pixel * O + o] += x[from * C + c] * w[(o * 9 + tap) * C + c];
        }
      }
    }
  }
  return y;
}

/// The pixel that tap i, j of the window around a pixel meets; -1 outside the image.
int neighbour(int pixel, int tap) {
  var h = pixel / SIDE % SIDE - 1 + tap / 3;
  var v = pixel % SIDE - 1 + tap % 3;
  var inside = h >= 0 && h < SIDE && v >= 0 && v < SIDE;
  return inside ? pixel / (SIDE * SIDE) * SIDE * SIDE + h * SIDE + v : -1;
}

/// What the window sees from every pixel, a row [3, 3, c] for each: "im2col".
double[] patches(double[] x) {
  var patches = new double[N * SIDE * SIDE * 9 * C];
  for (var pixel = 0; pixel < N * SIDE * SIDE; pixel++) {
    for (var tap = 0; tap < 9; tap++) {
      var from = neighbour(pixel, tap);
      if (from >= 0) {
        System.arraycopy(x, from * C, patches, (pixel * 9 + tap) * C, C);
      }
    }
  }
  return patches;
}

double[] product(double[] x, double[] w) {
  try (var backend = new CpuBackend(1);
      var tape = Tape.inference(backend)) {
    var columns = tape.of(Shape.of(N * SIDE * SIDE, 9 * C), patches(x));
    var weights = tape.of(Shape.of(O, 9 * C), w);
    return tape.apply(new MatMul(false, true), columns, weights).toDoubles();
  }
}

double[] engine(ConvAlgorithm algorithm, double[] x, double[] w) {
  try (var backend = new CpuBackend(1, algorithm);
      var tape = Tape.inference(backend)) {
    var images = tape.of(Shape.of(N, SIDE, SIDE, C), x);
    return tape.apply(new Conv2d(1, 1), images, tape.of(Shape.of(O, 3, 3, C), w)).toDoubles();
  }
}

/// The root of the mean squared error as a share of that of the values.
double error(double[] expected, double[] actual) {
  var errors = 0.0;
  var values = 0.0;
  for (var i = 0; i < expected.length; i++) {
    errors += (actual[i] - expected[i]) * (actual[i] - expected[i]);
    values += expected[i] * expected[i];
  }
  return Math.sqrt(errors / values);
}

/// The memory of the patches of 32 images of 56 x 56 pixels with 64 channels, in float32.
void answer() {
  var image = 32L * 56 * 56 * 64 * Float.BYTES;
  IO.println("%.0f MB for images of %.0f MB".formatted(9 * image / 1e6, image / 1e6));
}

// Where a product of matrices reads its factors from, rung by rung, counted on the CPU.
//
//     ./facet java docs/course/Ladder.java
//     ./facet java docs/course/Ladder.java answer

static final int N = 128;

/// Reads of the memory of the GPU, and of that which the threads of a block share.
long global;

long shared;

void main(String... arguments) {
  if (arguments.length > 0) {
    answer();
    return;
  }
  var random = new Random(1);
  var a = random.doubles(N * N, -1, 1).toArray();
  var b = random.doubles(N * N, -1, 1).toArray();
  var expected = naive(a, b);
  report("1, a thread an element", expected, expected);
  report("2, tiles of 32 x 32", tiled(a, b, 32, 1), expected);
  report("3, 8 x 8 sums a thread", tiled(a, b, 128, 8), expected);
}

void report(String rung, double[] c, double[] expected) {
  var products = (double) N * N * N;
  IO.println("step %-22s: %.3f reads of memory a multiply-add, %.3f of shared memory%s".formatted(
      rung, global / products, shared / products, close(c, expected) ? "" : ", WRONG"));
  global = shared = 0;
}

boolean close(double[] c, double[] expected) {
  return IntStream.range(0, c.length).allMatch(i -> Math.abs(c[i] - expected[i]) < 1e-9);
}

double[] naive(double[] a, double[] b) {
  var c = new double[N * N];
  for (var i = 0; i < N; i++) {
    for (var j = 0; j < N; j++) {
      for (var l = 0; l < N; l++) {
        c[i * N + j] += a[i * N + l] * b[l * N + j];
        global += 2;
      }
    }
  }
  return c;
}

/// Blocks make tiles of C, their threads `each` x `each` elements of it.
double[] tiled(double[] a, double[] b, int tile, int each) {
  var c = new double[N * N];
  var slice = 8; // steps of the sum that are in shared memory at once
  for (var row = 0; row < N; row += tile) {
    for (var column = 0; column < N; column += tile) {
      for (var from = 0; from < N; from += slice) {
        var as = load(a, row, from, tile, slice);
        var bs = load(b, from, column, slice, tile);
        for (var y = 0; y < tile; y += each) {
          for (var x = 0; x < tile; x += each) {
            for (var l = 0; l < slice; l++) {
              shared += 2L * each; // into registers
              for (var e = 0; e < each * each; e++) {
                var i = y + e / each;
                var j = x + e % each;
                c[(row + i) * N + column + j] += as[i * slice + l] * bs[l * tile + j];
              }
            }
          }
        }
      }
    }
  }
  return c;
}

double[] load(double[] matrix, int row, int column, int rows, int columns) {
  var part = new double[rows * columns];
  for (var i = 0; i < rows; i++) {
    System.arraycopy(matrix, (row + i) * N + column, part, i * columns, columns);
  }
  global += part.length;
  return part;
}

/// The smallest tile with which an H100 SXM computes no less than it reads: 67 TFLOP/s in float32,
/// 3.35 TB/s.
void answer() {
  var flopPerByte = 67e12 / 3.35e12;
  // tile² sums take 2 tile² operations and 2 tile floats a step: tile / 4 operations a byte.
  IO.println("%.0f operations a byte: tiles of %.0f".formatted(flopPerByte, 4 * flopPerByte));
}

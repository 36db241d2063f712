// The same work measured as if it were two versions: one after the other, and in turns.
//
//     ./facet java docs/course/Measure.java
//     ./facet java docs/course/Measure.java answer

import facet.kernels.cpu.CpuBackend;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.op.MatMul;

static final int ROUNDS = 40;

void main(String... arguments) {
  if (arguments.length > 0) {
    answer();
    return;
  }
  var first = new double[ROUNDS];
  var second = new double[ROUNDS];
  try (var backend = new CpuBackend(1)) {
    IO.println("the first call: %.2f ms".formatted(time(backend)));
    Arrays.setAll(first, i -> time(backend)); // still warming up
    Arrays.setAll(second, i -> time(backend));
    report("one after the other, cold", first, second);
    for (var i = 0; i < ROUNDS; i++) {
      first[i] = time(backend);
      second[i] = time(backend);
    }
    report("in turns, warm", first, second);
  }
}

/// Milliseconds of a product of 128 x 128 matrices.
double time(CpuBackend backend) {
  try (var tape = Tape.inference(backend)) {
    var a = tape.full(Shape.of(128, 128), 0.5);
    var start = System.nanoTime();
    tape.apply(new MatMul(false, false), a, a).toFloats();
    return (System.nanoTime() - start) / 1e6;
  }
}

void report(String how, double[] first, double[] second) {
  var ratios = new double[ROUNDS];
  Arrays.setAll(ratios, i -> second[i] / first[i]);
  IO.println("%s: mean ratio %.2f, median ratio %.2f".formatted(
      how, mean(second) / mean(first), median(ratios)));
}

double mean(double[] values) {
  return Arrays.stream(values).average().orElse(0);
}

double median(double[] values) {
  var sorted = values.clone();
  Arrays.sort(sorted);
  return (sorted[ROUNDS / 2] + sorted[(ROUNDS - 1) / 2]) / 2;
}

/// How often the true median lies between the smallest and the largest of n measurements.
void answer() {
  var random = new Random(1);
  for (var n : new int[] {3, 5}) {
    var trials = 100_000;
    var held = 0;
    for (var trial = 0; trial < trials; trial++) {
      var below = 0;
      for (var i = 0; i < n; i++) {
        below += random.nextGaussian() < 0 ? 1 : 0; // the true median is 0
      }
      held += below > 0 && below < n ? 1 : 0;
    }
    IO.println("%d measurements: %.0f %%, by the formula %.2f %%"
        .formatted(n, 100.0 * held / trials, 100 * (1 - Math.pow(2, 1 - n))));
  }
}

// The similarities of a student follow the distribution of a teacher's.
//
//     ./facet java docs/course/Distillation.java
//     ./facet java docs/course/Distillation.java answer

import facet.kernels.cpu.CpuBackend;
import facet.nn.loss.DdlSettings;
import facet.nn.loss.DistributionDistillation;
import facet.nn.loss.SoftHistogram;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;

static final int N = 200;

void main(String... arguments) {
  if (arguments.length > 0) {
    answer();
    return;
  }
  var random = new Random(1);
  var teacher = normal(random, 0.6, 0.1); // same pairs, easy images
  var student = normal(random, 0.3, 0.2); // same pairs, hard images
  var others = normal(random, 0, 0.1); // different pairs of both
  var d = DdlSettings.DEFAULT;
  // Only the divergence of the positives, and only the student moves.
  var loss = new DistributionDistillation(new DdlSettings(d.grid(), 1, 0, 0, d.e(), true));
  try (var backend = new CpuBackend(1);
      var scope = Scope.on(backend)) {
    var s = scope.variable(Shape.of(N));
    s.set(student);
    for (var step = 0; step <= 400; step++) {
      try (var tape = Tape.on(backend)) {
        var t = tape.of(Shape.of(N), teacher);
        var negatives = tape.of(Shape.of(N), others);
        var y = tape.apply(loss, t, s, negatives, negatives);
        if (step % 100 == 0) {
          IO.println("step %3d: divergence %.3f, student %s, teacher %s".formatted(
              step, y.item(), describe(student), describe(teacher)));
        }
        var ds = tape.backward(y).of(s).toDoubles();
        for (var i = 0; i < N; i++) {
          student[i] -= 0.2 * ds[i];
        }
        s.set(student);
      }
    }
  }
}

double[] normal(Random random, double mean, double deviation) {
  return IntStream.range(0, N).mapToDouble(i -> mean + deviation * random.nextGaussian()).toArray();
}

/// Mean and deviation of the similarities above 0, and how many are not.
String describe(double[] s) {
  var above = Arrays.stream(s).filter(v -> v > 0).toArray();
  var mean = Arrays.stream(above).average().orElse(0);
  var variance = Arrays.stream(above).map(v -> (v - mean) * (v - mean)).average().orElse(0);
  var below = s.length - above.length;
  return "%.2f ± %.2f (%d below 0)".formatted(mean, Math.sqrt(variance), below);
}

/// The deviation of the soft histogram of a single similarity, 0.
void answer() {
  var grid = DdlSettings.DEFAULT.grid();
  try (var backend = new CpuBackend(1);
      var tape = Tape.inference(backend)) {
    var p = tape.apply(new SoftHistogram(grid, false), tape.zeros(Shape.of(1))).toDoubles();
    var variance = 0.0;
    for (var r = 0; r < p.length; r++) {
      var node = grid.low() + r * grid.step();
      variance += p[r] * node * node;
    }
    IO.println("measured %.3f, 1/√(2γ) is %.3f"
        .formatted(Math.sqrt(variance), 1 / Math.sqrt(2 * grid.gamma())));
  }
}

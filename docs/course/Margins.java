// What a margin does: logits and gradients by angle, and how close embeddings come to their class.
//
//     ./facet java docs/course/Margins.java
//     ./facet java docs/course/Margins.java answer

import facet.kernels.cpu.CpuBackend;
import facet.nn.Initializer;
import facet.nn.Parameters;
import facet.nn.loss.MarginHead;
import facet.nn.loss.MarginSoftmax;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Sgd;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.kernel.Margin;
import facet.tensor.kernel.Margin.Kind;

static final int CLASSES = 8, EACH = 10, DIM = 16;

void main(String... arguments) {
  if (arguments.length > 0) {
    answer();
    return;
  }
  var softmax = new Margin(Kind.SOFTMAX, 0, 16);
  var cosface = new Margin(Kind.COSFACE, 0.35, 16);
  var arcface = new Margin(Kind.ARCFACE, 0.5, 16);
  IO.println("angle  softmax  CosFace  ArcFace");
  for (var angle = 0; angle <= 90; angle += 30) {
    var c = Math.cos(Math.toRadians(angle));
    IO.println("%5d %8.2f %8.2f %8.2f"
        .formatted(angle, softmax.psi(c), cosface.psi(c), arcface.psi(c)));
  }
  for (var margin : List.of(softmax, cosface, arcface)) {
    IO.println("%-7s: embeddings end %4.1f degrees from their class"
        .formatted(margin.kind(), angle(margin)));
  }
}

/// Trains 80 free embeddings and the directions of 8 classes; the mean angle between them.
double angle(Margin margin) {
  var labels = IntStream.range(0, CLASSES * EACH).map(i -> i % CLASSES).toArray();
  try (var backend = new CpuBackend(1);
      var scope = Scope.on(backend)) {
    var p = new Parameters(scope, 1);
    var embeddings = p.weight("e", Shape.of(CLASSES * EACH, DIM), Initializer.normal(1));
    var head = new MarginHead(p, CLASSES, DIM, margin);
    var sgd = new Sgd(scope, 0.9, new Optimizer.Group(p.all(), 0, 0));
    for (var step = 0; step < 300; step++) {
      try (var tape = Tape.on(backend)) {
        var loss = head.loss(tape, embeddings, tape.ints(labels));
        sgd.step(tape.backward(loss), 0.1);
      }
    }
    var e = embeddings.toDoubles();
    var w = p.all().getLast().value().toDoubles();
    return IntStream.range(0, labels.length)
        .mapToDouble(i -> angle(e, i, w, labels[i]))
        .average()
        .orElse(0);
  }
}

/// The angle between row i of a and row j of b in degrees.
double angle(double[] a, int i, double[] b, int j) {
  var x = Arrays.copyOfRange(a, DIM * i, DIM * (i + 1));
  var y = Arrays.copyOfRange(b, DIM * j, DIM * (j + 1));
  return Math.toDegrees(Math.acos(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))));
}

double dot(double[] x, double[] y) {
  return IntStream.range(0, DIM).mapToDouble(k -> x[k] * y[k]).sum();
}

/// The loss of an untrained network over 1000 classes: every cosine is 0.
void answer() {
  for (var margin : List.of(new Margin(Kind.SOFTMAX, 0, 64), new Margin(Kind.ARCFACE, 0.5, 64))) {
    try (var backend = new CpuBackend(1);
        var tape = Tape.on(backend)) {
      var cosines = tape.zeros(Shape.of(1, 1000));
      var loss = tape.apply(new MarginSoftmax(margin, tape.ints(0)), cosines);
      var z = 64 * margin.psi(0);
      var formula = Math.log(999 + Math.exp(z)) - z;
      IO.println("%s: %.2f, by the formula %.2f".formatted(margin.kind(), loss.item(), formula));
    }
  }
}

// A small network on the engine alone: it learns which of two spirals a point lies on.
//
//     ./facet java docs/Spirals.java

import facet.kernels.cpu.CpuBackend;
import facet.nn.Initializer;
import facet.nn.Parameters;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Sgd;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;

void main() {
  var n = 400;
  var points = new double[2 * n]; // [n, 2]
  var sides = new double[n]; // 1 on the first spiral, -1 on the second
  for (var i = 0; i < n; i++) {
    var angle = 0.5 + 5.0 * i / n;
    sides[i] = i % 2 == 0 ? 1 : -1;
    points[2 * i] = sides[i] * angle / 3 * Math.cos(angle);
    points[2 * i + 1] = sides[i] * angle / 3 * Math.sin(angle);
  }
  try (var backend = new CpuBackend(1);
      var scope = Scope.on(backend)) {
    var p = new Parameters(scope, 1); // a seed
    var w1 = p.weight("w1", Shape.of(2, 64), Initializer.normal(1));
    var b1 = p.vector("b1", 64, Initializer.normal(1));
    var w2 = p.weight("w2", Shape.of(64, 1), Initializer.normal(0.1));
    var sgd = new Sgd(scope, 0.9, new Optimizer.Group(p.all(), 1e-4, 0));
    for (var step = 0; step <= 200; step++) {
      try (var tape = Tape.on(backend)) {
        var x = tape.of(Shape.of(n, 2), points);
        var side = tape.of(Shape.of(n, 1), sides);
        var score = x.matMul(w1).plus(b1).relu().matMul(w2);
        var loss = score.times(side).times(-1).plus(1).relu().mean(); // max(0, 1 - score side)
        sgd.step(tape.backward(loss), 0.05);
        if (step % 40 == 0) {
          var right = 0;
          for (var value : score.times(side).toFloats()) {
            right += value > 0 ? 1 : 0;
          }
          IO.println("step %d: loss %.3f, %d of %d right".formatted(step, loss.item(), right, n));
        }
      }
    }
  }
}

// A gradient by the tape and by hand, and a tensor that is used three times.
//
//     ./facet java docs/course/Gradient.java
//     ./facet java docs/course/Gradient.java answer

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.op.Mul;
import facet.tensor.reference.ReferenceBackend;

void main(String... arguments) {
  try (var backend = new ReferenceBackend();
      var scope = Scope.on(backend)) {
    if (arguments.length > 0) {
      answer(scope);
      return;
    }
    double[] xs = {1, 2, 3};
    double[] targets = {2, 3, 5};
    var w = scope.variable(Shape.of(1, 1));
    var b = scope.variable(Shape.of(1));
    w.set(0.5);
    b.set(1.0);
    try (var tape = Tape.on(backend)) {
      var x = tape.of(Shape.of(3, 1), xs);
      var t = tape.of(Shape.of(3, 1), targets);
      var error = x.matMul(w).plus(b).minus(t);
      var loss = error.times(error).mean();
      var gradients = tape.backward(loss);
      IO.println("loss %.4f".formatted(loss.item()));
      IO.println("by the tape: dw %.4f, db %.4f"
          .formatted(gradients.of(w).item(), gradients.of(b).item()));
    }
    var dw = 0.0;
    var db = 0.0;
    for (var i = 0; i < 3; i++) { // d/dw of (w x + b - t)² / 3
      var error = 0.5 * xs[i] + 1 - targets[i];
      dw += 2 * error * xs[i] / 3;
      db += 2 * error / 3;
    }
    IO.println("by hand:     dw %.4f, db %.4f".formatted(dw, db));
  }
}

/// The derivative of x · x + x at 3.
void answer(Scope scope) {
  var x = scope.variable(Shape.of(1));
  x.set(3.0);
  try (var tape = Tape.on(scope.backend())) {
    var y = tape.apply(new Mul(), x, x).plus(x);
    IO.println("%.0f, from three gradients: 3, 3 and 1".formatted(tape.backward(y).of(x).item()));
  }
}

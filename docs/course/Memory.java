// Whose memory a tensor has, and when it goes back to the pool.
//
//     ./facet java docs/course/Memory.java
//     ./facet java docs/course/Memory.java answer

import facet.kernels.cpu.CpuBackend;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.op.MatMul;

void main(String... arguments) {
  try (var backend = new CpuBackend(1);
      var scope = Scope.on(backend)) {
    if (arguments.length > 0) {
      answer(scope);
      return;
    }
    var x = scope.of(Shape.of(2, 3), 1.0, 2, 3, 4, 5, 6);
    x.view(3, Shape.of(3)).set(40.0, 50, 60); // from element 3 on: the second row
    IO.println("x is " + Arrays.toString(x.toDoubles()));
    var pool = backend.pool();
    IO.println("before the steps: %d storages in use".formatted(pool.live()));
    var w = scope.full(Shape.of(3, 4), 0.1);
    for (var step = 1; step <= 3; step++) {
      try (var tape = Tape.on(backend)) {
        var y = tape.apply(new MatMul(false, false), x, w);
        y.exp().sum();
        IO.println("step %d: %d in use".formatted(step, pool.live()));
      }
      IO.println("after step %d: %d in use, %d ever allocated"
          .formatted(step, pool.live(), pool.allocations()));
    }
  }
}

/// Where the element (2, 3, 4) of a tensor [4, 5, 6] is.
void answer(Scope scope) {
  var index = (2 * 5 + 3) * 6 + 4;
  var values = new double[4 * 5 * 6];
  values[index] = 7;
  try (var tape = Tape.on(scope.backend())) {
    var page = tape.of(Shape.of(4, 5, 6), values).rows(2, 3).reshape(5, 6);
    IO.println("element %d; there is %.0f".formatted(index, page.rows(3, 4).toDoubles()[4]));
  }
}

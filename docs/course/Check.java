// An op with a backward that may be wrong by a factor, and two ways to check it.
//
//     ./facet java docs/course/Check.java
//     ./facet java docs/course/Check.java answer

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.reference.ReferenceBackend;

/// y = softmax(x), dx = factor · y (dy − Σ dy y); right is the factor 1.
record Softmax(double factor) implements Op<Tensor> {
  @Override
  public Forward<Tensor> forward(Scope scope, Tensor... in) {
    var e = in[0].toDoubles();
    Arrays.setAll(e, i -> Math.exp(e[i]));
    var sum = Arrays.stream(e).sum();
    Arrays.setAll(e, i -> e[i] / sum);
    var y = scope.of(in[0].shape(), e);
    return new Forward<>(y, y);
  }

  @Override
  public InputGradients backward(Scope scope, Tensor y, Tensor dy) {
    var p = y.toDoubles();
    var g = dy.toDoubles();
    var mean = dot(p, g);
    var dx = new double[p.length];
    Arrays.setAll(dx, i -> factor * p[i] * (g[i] - mean));
    return InputGradients.lazy(() -> scope.of(y.shape(), dx));
  }
}

static double dot(double[] a, double[] b) {
  return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
}

void main(String... arguments) {
  if (arguments.length > 0) {
    answer();
    return;
  }
  double[] ones = {1, 1, 1};
  double[] random = {0.7, -1.2, 0.4};
  for (var factor : new double[] {1, 2}) {
    IO.println("factor %.0f: error under dy = 1 %.0e, under a random dy %.0e"
        .formatted(factor, error(factor, ones), error(factor, random)));
  }
}

/// The largest difference between backward and central differences of Σ y dy.
double error(double factor, double[] dy) {
  var shape = Shape.of(3);
  double[] at = {0.2, -0.5, 1.0};
  var h = 1e-5;
  try (var backend = new ReferenceBackend();
      var scope = Scope.on(backend)) {
    var op = new Softmax(factor);
    var x = scope.variable(shape);
    x.set(at);
    double[] backward;
    try (var tape = Tape.on(backend)) {
      backward = tape.backward(tape.apply(op, x), tape.of(shape, dy)).of(x).toDoubles();
    }
    var worst = 0.0;
    for (var i = 0; i < 3; i++) {
      var centre = at[i];
      at[i] = centre + h;
      var up = dot(op.forward(scope, scope.of(shape, at)).y().toDoubles(), dy);
      at[i] = centre - h;
      var down = dot(op.forward(scope, scope.of(shape, at)).y().toDoubles(), dy);
      at[i] = centre;
      worst = Math.max(worst, Math.abs(backward[i] - (up - down) / (2 * h)));
    }
    return worst;
  }
}

/// Central differences of eˣ at 0, whose derivative is 1.
void answer() {
  for (var h : new double[] {1e-3, 1e-5, 1e-8}) {
    var difference = (Math.exp(h) - Math.exp(-h)) / (2 * h);
    IO.println("h %.0e: error %.0e".formatted(h, Math.abs(difference - 1)));
  }
}

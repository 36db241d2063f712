// A small convolutional network learns three kinds of stripes, with and without batch norm.
//
//     ./facet java docs/course/Shapes.java
//     ./facet java docs/course/Shapes.java answer

import facet.kernels.cpu.CpuBackend;
import facet.nn.BatchNormalization;
import facet.nn.Convolution;
import facet.nn.Initializer;
import facet.nn.Layer;
import facet.nn.Linear;
import facet.nn.Parameter.Layout;
import facet.nn.Parameters;
import facet.nn.loss.MarginSoftmax;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Sgd;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.kernel.Margin;
import facet.tensor.op.AveragePool2d;
import facet.tensor.op.MaxPool2d;
import facet.tensor.reference.ReferenceBackend;

static final int COUNT = 90, SIDE = 12;

void main(String... arguments) {
  if (arguments.length > 0) {
    answer();
    return;
  }
  IO.println("without batch norm: loss %.3f".formatted(train(false)));
  IO.println("with batch norm:    loss %.3f".formatted(train(true)));
}

/// conv, norm, relu, max-pool, twice; the mean of what is left, and a linear layer.
record Network(Layer conv1, Layer norm1, Layer conv2, Layer norm2, Layer fc) implements Layer {
  static Network of(Parameters p, boolean norm) {
    return new Network(
        new Convolution(p, "conv1", 1, 8, 3, 1, Initializer.kaimingFanOut()),
        norm ? new BatchNormalization(p, "norm1", 8) : (tape, x) -> x,
        new Convolution(p, "conv2", 8, 16, 3, 1, Initializer.kaimingFanOut()),
        norm ? new BatchNormalization(p, "norm2", 16) : (tape, x) -> x,
        new Linear(p, "fc", 16, 3, new Layout.Plain()));
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    var h = norm1.forward(tape, conv1.forward(tape, x)).relu();
    h = tape.apply(new MaxPool2d(2, 2, 0), h); // 12 -> 6 pixels
    h = norm2.forward(tape, conv2.forward(tape, h)).relu();
    h = tape.apply(new AveragePool2d(6, 6, 0), h); // 6 -> 1 pixel
    return fc.forward(tape, h.reshape(COUNT, 16));
  }
}

/// The loss after 60 steps.
double train(boolean norm) {
  var labels = IntStream.range(0, COUNT).map(i -> i % 3).toArray();
  var loss = 0.0;
  try (var backend = new CpuBackend(1);
      var scope = Scope.on(backend)) {
    var p = new Parameters(scope, 1);
    var network = Network.of(p, norm);
    var sgd = new Sgd(scope, 0.9, new Optimizer.Group(p.all(), 0, 0));
    for (var step = 0; step < 60; step++) {
      try (var tape = Tape.on(backend)) {
        var x = tape.of(Shape.of(COUNT, SIDE, SIDE, 1), stripes());
        var plain = new Margin(Margin.Kind.SOFTMAX, 0, 1);
        var y = tape.apply(
            new MarginSoftmax(plain, tape.ints(labels)), network.forward(tape, x));
        loss = y.item();
        sgd.step(tape.backward(y), 0.02);
      }
    }
  }
  return loss;
}

/// Stripes across, upright and slanting, at any place, in noise: [COUNT, SIDE, SIDE, 1].
float[] stripes() {
  var random = new Random(1);
  var images = new float[COUNT * SIDE * SIDE];
  for (var i = 0; i < COUNT; i++) {
    var shift = random.nextInt(4);
    for (var pixel = 0; pixel < SIDE * SIDE; pixel++) {
      var row = pixel / SIDE;
      var column = pixel % SIDE;
      var along = i % 3 == 0 ? row : i % 3 == 1 ? column : row + column;
      var stripe = (along + shift) % 4 < 2 ? 1 : 0;
      images[i * SIDE * SIDE + pixel] = (float) (stripe + 0.5 * random.nextGaussian());
    }
  }
  return images;
}

/// The sum of the gradient of x over a channel, under a random dy.
void answer() {
  try (var backend = new ReferenceBackend();
      var scope = Scope.on(backend)) {
    var norm = new BatchNormalization(new Parameters(scope, 1), "norm", 1);
    var random = new Random(1);
    var x = scope.variable(Shape.of(50, 1));
    x.set(random.doubles(50).toArray());
    try (var tape = Tape.on(backend)) {
      var dy = tape.of(Shape.of(50, 1), random.doubles(50).toArray());
      var dx = tape.backward(norm.forward(tape, x), dy).of(x).toDoubles();
      IO.println("sum %.2f, the largest element %.1f".formatted(
          Math.abs(Arrays.stream(dx).sum()), Arrays.stream(dx).map(Math::abs).max().orElse(0)));
    }
  }
}

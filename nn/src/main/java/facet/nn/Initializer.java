package facet.nn;

import facet.tensor.Shape;
import facet.tensor.kernel.CounterRandom;

/// The values a parameter starts with, a pure function of shape and seed and the same on every
/// backend.
@FunctionalInterface
public interface Initializer {
  float[] values(Shape shape, long seed);

  static Initializer constant(double value) {
    return (shape, seed) -> {
      var values = new float[shape.size()];
      java.util.Arrays.fill(values, (float) value);
      return values;
    };
  }

  /// Normal with mean 0, by the transform of Box and Muller.
  static Initializer normal(double deviation) {
    return (shape, seed) -> normal(deviation, seed, 0, shape.size());
  }

  /// The `count` values of [#normal(double)] from number `first` on: a part of a tensor that is
  /// nowhere whole.
  static float[] normal(double deviation, long seed, long first, int count) {
    var values = new float[count];
    for (var k = 0; k < count; k++) {
      var i = first + k;
      var radius = Math.sqrt(-2 * StrictMath.log(1 - uniform(seed, 2 * i)));
      values[k] =
          (float) (deviation * radius * StrictMath.cos(2 * Math.PI * uniform(seed, 2 * i + 1)));
    }
    return values;
  }

  /// Kaiming normal for a convolution weight `[o, kh, kw, i]` over its outputs (He et al. 2015):
  /// deviation `sqrt(2 / (o kh kw))`.
  static Initializer kaimingFanOut() {
    return (shape, seed) -> {
      var fanOut = shape.dim(0) * shape.dim(1) * shape.dim(2);
      return normal(Math.sqrt(2.0 / fanOut)).values(shape, seed);
    };
  }

  /// Uniform in `[-bound, bound)` with `bound = 1 / sqrt(fanIn)`: PyTorch's default of a linear
  /// layer.
  static Initializer uniformFanIn(int fanIn) {
    return (shape, seed) -> {
      var values = new float[shape.size()];
      for (var i = 0; i < values.length; i++) {
        values[i] = (float) ((2 * uniform(seed, i) - 1) / Math.sqrt(fanIn));
      }
      return values;
    };
  }

  private static double uniform(long seed, long index) {
    return (CounterRandom.mix(CounterRandom.mix(seed) + index) >>> 11) * 0x1p-53;
  }
}

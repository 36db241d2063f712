package facet.train.data.synthetic;

import facet.train.data.RandomStream;

/// The numbers of one [RandomStream], one after the other.
final class Draws {
  private final RandomStream stream;
  private long next;

  Draws(RandomStream stream) {
    this.stream = stream;
  }

  long bits() {
    return stream.bits(next++);
  }

  /// Uniform in [0, 1).
  double uniform() {
    return stream.uniform(next++);
  }

  /// Uniform in [low, high).
  double uniform(double low, double high) {
    return stream.uniform(next++, low, high);
  }

  /// Close to normal with mean 0 and variance 1: the sum of four uniforms (never beyond 3.5).
  double normal() {
    return (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
  }

  boolean chance(double probability) {
    return uniform() < probability;
  }

  /// Uniform in 0 … bound − 1.
  int below(int bound) {
    return stream.below(next++, bound);
  }
}

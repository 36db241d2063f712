package facet.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.IntArray;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;

/// A vector width and a number of threads to test with, and what the kernel tests share.
record Setup(int bits, int threads) {
  /// Every width, with one thread and with several.
  static Stream<Setup> all() {
    return Stream.of(128, 256, 512)
        .flatMap(bits -> Stream.of(1, 3).map(threads -> new Setup(bits, threads)));
  }

  Lanes lanes() {
    return Lanes.of(bits);
  }

  /// A copy in the middle of a larger array, between NaNs.
  static FloatStorage of(float... values) {
    var storage = output(values.length);
    System.arraycopy(values, 0, storage.array(), storage.offset(), values.length);
    return storage;
  }

  /// An output full of NaN, which a kernel must overwrite, with an odd offset.
  static FloatStorage output(int length) {
    var array = new float[length + 12];
    Arrays.fill(array, Float.NaN);
    return new FloatStorage(array, 5, length);
  }

  static IntArray ints(int... values) {
    return new IntArray(values, 0, values.length);
  }

  /// Normally distributed numbers.
  static float[] normal(int length, long seed) {
    var random = new Random(seed);
    var values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static float[] values(FloatStorage storage) {
    return Arrays.copyOfRange(
        storage.array(), storage.offset(), storage.offset() + storage.length());
  }

  /// Checks every element against `expected`, and that nothing around the storage was written.
  static void assertClose(
      FloatStorage actual, double tolerance, IntToDoubleFunction expected, Object what) {
    for (int i = 0; i < actual.length(); i++) {
      var e = expected.applyAsDouble(i);
      var a = actual.array()[actual.offset() + i];
      if (!(Math.abs(a - e) <= tolerance * (1 + Math.abs(e)))) {
        throw new AssertionError(
            String.format(Locale.ROOT, "%s: element %d is %s, expected %s", what, i, a, (float) e));
      }
    }
    assertThat(actual.array()[actual.offset() - 1]).as("before %s", what).isNaN();
    assertThat(actual.array()[actual.offset() + actual.length()]).as("after %s", what).isNaN();
  }
}

package facet.tensor.check;

import java.util.Arrays;
import java.util.Locale;

/// Compares a backend's numbers with the oracle's.
final class Closeness {
  /// Below this a float32 is denormal and may be 0.
  private static final double SMALLEST = 1e-36;

  private Closeness() {}

  /// The largest absolute value, 0 of nothing.
  static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }

  /// Demands `|actual - expected| <= tolerance * max(magnitude, |expected|)` for every element.
  ///
  /// @param magnitude the size of what the kernel adds up, where sums cancel
  static void require(
      String what, double[] actual, double[] expected, double tolerance, double magnitude) {
    for (var i = 0; i < expected.length; i++) {
      var allowed = tolerance * Math.max(magnitude, Math.abs(expected[i])) + SMALLEST;
      var off = Math.abs(actual[i] - expected[i]);
      if (!(off <= allowed)) {
        throw new AssertionError(
            String.format(
                Locale.ROOT,
                "%s: element %d of %d is %s, expected %s (off by %.3g, allowed %.3g)",
                what,
                i,
                expected.length,
                actual[i],
                expected[i],
                off,
                allowed));
      }
    }
  }

  /// Demands the same bits.
  static void requireIdentical(String what, double[] actual, double[] expected) {
    var at = Arrays.mismatch(actual, expected);
    if (at >= 0) {
      throw differs(what, at, expected.length, actual[at], expected[at]);
    }
  }

  static void requireIdentical(String what, int[] actual, int[] expected) {
    var at = Arrays.mismatch(actual, expected);
    if (at >= 0) {
      throw differs(what, at, expected.length, actual[at], expected[at]);
    }
  }

  private static AssertionError differs(
      String what, int at, int length, Number actual, Number expected) {
    return new AssertionError(
        String.format(
            Locale.ROOT,
            "%s: element %d of %d is %s, expected %s",
            what,
            at,
            length,
            actual,
            expected));
  }
}

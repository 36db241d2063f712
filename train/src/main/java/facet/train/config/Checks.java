package facet.train.config;

import facet.train.error.FacetException;
import java.util.Arrays;
import java.util.List;

/// What option groups check their values with; errors name the option.
final class Checks {
  /// What is computed with are 32-bit floats: beyond these a number would be 0 or infinite.
  private static final double LEAST = 1e-37;

  private static final double MOST = 1e38;

  private Checks() {}

  static void positive(String option, Number value) {
    var number = value.doubleValue();
    if (!(number > 0)) {
      throw wrong(option, value, "a number above 0");
    }
    if (number < LEAST || number > MOST) {
      throw wrong(option, value, "a number of 1e-37 to 1e38");
    }
  }

  static void notNegative(String option, Number value) {
    var number = value.doubleValue();
    if (!(number >= 0)) {
      throw wrong(option, value, "0 or more");
    }
    if (number != 0) {
      positive(option, value);
    }
  }

  static void belowOne(String option, double value) {
    if (!(value >= 0 && value < 1)) {
      throw wrong(option, value, "a number from 0 to below 1");
    }
  }

  static void atMostOne(String option, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw wrong(option, value, "a number from 0 to 1");
    }
  }

  /// The numbers in `text`.
  static List<Integer> integers(String option, String text) {
    try {
      return Arrays.stream(text.split(",")).map(String::strip).map(Integer::valueOf).toList();
    } catch (NumberFormatException e) {
      throw wrong(option, text, "whole numbers with commas between, such as 1,2,2,2");
    }
  }

  /// The numbers in `text`, which may be fractions.
  static List<Double> numbers(String option, String text) {
    try {
      return Arrays.stream(text.split(",")).map(String::strip).map(Double::valueOf).toList();
    } catch (NumberFormatException e) {
      throw wrong(option, text, "numbers with commas between");
    }
  }

  static FacetException wrong(String option, Object value, String expected) {
    return FacetException.usage("--%s is %s, expected %s.", option, value, expected);
  }
}

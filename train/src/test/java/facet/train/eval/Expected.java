package facet.train.eval;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/// What make.py.txt computed with NumPy.
public final class Expected {
  private Expected() {}

  private static BufferedReader open(String name) {
    return new BufferedReader(
        new InputStreamReader(Expected.class.getResourceAsStream(name), StandardCharsets.UTF_8));
  }

  /// The numbers behind a key of `expected.properties`.
  public static double[] numbers(String key) {
    var properties = new Properties();
    try (var in = open("expected.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Stream.of(properties.getProperty(key).split(" "))
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  static double number(String key) {
    return numbers(key)[0];
  }

  /// The rows of a table, without its header if it has one.
  static List<String[]> rows(String name, boolean header) {
    try (var in = open(name)) {
      return in.lines().skip(header ? 1 : 0).map(line -> line.split(",")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Embeddings in rows of `dim`, which are normalised in place.
  static Embeddings normalized(float[] values, int dim) {
    Embeddings.normalize(values, dim);
    return new Embeddings(values, dim, Double.NaN);
  }
}

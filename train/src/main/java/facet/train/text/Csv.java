package facet.train.text;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A table of comma-separated values as Facet writes them: a header, and fields without quotes.
public final class Csv {
  private final Path file;
  private final String remedy;
  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();

  private Csv(Path file, String remedy, List<String> lines) {
    this.file = file;
    this.remedy = remedy;
    if (lines.isEmpty()) {
      throw wrong("it is empty");
    }
    header = fields(lines.getFirst());
    lines.stream().skip(1).map(Csv::fields).forEach(rows::add);
  }

  /// Reads `file`.
  ///
  /// @param remedy what to do about a file that is not such a table
  public static Csv read(Path file, String remedy) {
    try {
      return new Csv(file, remedy, Files.readAllLines(file));
    } catch (IOException e) {
      throw FacetException.unreadable(file, "read", e);
    }
  }

  private static List<String> fields(String line) {
    return List.of(line.split(",", -1));
  }

  /// The names of the columns.
  public List<String> columns() {
    return header;
  }

  /// The rows; one that was cut off has fewer fields than the header.
  public List<List<String>> rows() {
    return rows;
  }

  /// Leaves rows out that were cut off.
  public Csv complete() {
    rows.removeIf(row -> row.size() != header.size());
    return this;
  }

  /// The field of a row in a column.
  public String text(List<String> row, String column) {
    var index = header.indexOf(column);
    if (index < 0 || index >= row.size()) {
      throw wrong(format("'%s' has no '%s'", String.join(",", row), column));
    }
    return row.get(index);
  }

  /// The number of a row in a column.
  public double number(List<String> row, String column) {
    var text = text(row, column);
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw wrong(format("%s '%s' is not a number", column, text));
    }
  }

  /// The number of a row in a column, not a number where the field is empty.
  public double numberIfAny(List<String> row, String column) {
    return text(row, column).isEmpty() ? Double.NaN : number(row, column);
  }

  private FacetException wrong(String problem) {
    return FacetException.data(file, problem, remedy);
  }
}

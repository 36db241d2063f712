package facet.train.text;

import static facet.train.error.Printable.format;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// A table for people: columns as wide as their widest cell.
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  public Table(List<String> header) {
    rows.add(List.copyOf(header));
  }

  /// As [#Table(List)], the titles of the last columns apart.
  public Table(List<String> first, Stream<String> others) {
    this(Stream.concat(first.stream(), others).toList());
  }

  /// As [#row(List)], the last cells apart.
  public void row(List<String> first, Stream<String> others) {
    row(Stream.concat(first.stream(), others).toList());
  }

  /// A cell with a whole number.
  public static String count(long number) {
    return format("%,d", number);
  }

  /// A cell with a share, `-` for one that is not a number.
  public static String percent(double share) {
    return Double.isNaN(share) ? "-" : format("%.2f%%", 100 * share);
  }

  /// Adds a row of as many cells as the header has.
  public void row(List<String> cells) {
    if (cells.size() != rows.getFirst().size()) {
      throw new IllegalArgumentException(cells.size() + " cells under " + rows.getFirst());
    }
    rows.add(List.copyOf(cells));
  }

  /// Aligned text: the first `left` columns to the left, numbers to the right.
  public String plain(int left) {
    var lines = new ArrayList<String>();
    for (var row : rows) {
      var line = new StringBuilder();
      for (var i = 0; i < row.size(); i++) {
        line.append(i == 0 ? "" : "  ");
        line.append(i < left ? row.get(i) + gap(row, i) : gap(row, i) + row.get(i));
      }
      lines.add(line.toString().stripTrailing());
    }
    return String.join(System.lineSeparator(), lines);
  }

  /// Markdown that reads well as it is.
  public String markdown() {
    var text = new StringBuilder();
    for (var row : rows) {
      for (var i = 0; i < row.size(); i++) {
        text.append("| ").append(row.get(i)).append(gap(row, i)).append(' ');
      }
      text.append("|\n");
      if (row == rows.getFirst()) {
        for (var i = 0; i < row.size(); i++) {
          text.append('|').append("-".repeat(width(i) + 2));
        }
        text.append("|\n");
      }
    }
    return text.toString();
  }

  private String gap(List<String> row, int column) {
    return " ".repeat(width(column) - row.get(column).length());
  }

  private int width(int column) {
    return Collections.max(rows.stream().map(row -> row.get(column).length()).toList());
  }
}

package facet.train.data.align;

import static facet.train.error.Printable.format;

import facet.train.data.align.Landmarks.Part;
import facet.train.data.align.SimilarityTransform.Point;
import facet.train.error.FacetException;
import facet.train.text.TextList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;

/// A list of images and their landmarks, a line each, with commas, tabs or spaces between the
/// fields:
///
/// - with a header `path,left_eye_x,left_eye_y,...,score`: any three or more of the five parts in
///   any order; a part that cannot be seen is left empty; `x1` and `y1` stand for the first part in
///   the order of the next line, and so on;
/// - without: `path` and the ten coordinates of left eye, right eye, nose, left and right corner of
///   the mouth, as detectors such as RetinaFace give them; after them possibly the detector's
///   score (IJB's `name 5pts score`).
public final class LandmarkFile {
  private static final int POINTS = Part.values().length;
  private static final String SCORE = "score";

  private final Path file;
  private List<String> columns = List.of();

  private LandmarkFile(Path file) {
    this.file = file;
  }

  /// An image of the list.
  ///
  /// @param score of the detector, 1 if the list has none
  /// @param file the list
  /// @param line in it, from 1
  public record Entry(String path, Landmarks landmarks, float score, Path file, int line) {
    /// Names the line in messages.
    String where() {
      return file + ":" + line;
    }
  }

  /// Reads all lines.
  public static List<Entry> read(Path file) {
    return new LandmarkFile(file).parse(TextList.read(file, "lines 'path,x1,y1,...,x5,y5'"));
  }

  private List<Entry> parse(List<TextList.Line> lines) {
    var entries = new ArrayList<Entry>();
    for (var line : lines) {
      var fields = split(line.text());
      if (columns.isEmpty() && isHeader(fields)) {
        columns = header(fields);
      } else {
        columns = columns.isEmpty() ? defaultColumns(fields.size(), line.number()) : columns;
        entries.add(entry(fields, line.number()));
      }
    }
    if (entries.isEmpty()) {
      throw FacetException.data(file, "no landmarks in it", "add lines 'path,x1,y1,...,x5,y5'");
    }
    return entries;
  }

  private static List<String> split(String line) {
    return TextList.split(line, line.contains(",") ? ',' : line.contains("\t") ? '\t' : ' ');
  }

  private static boolean isHeader(List<String> fields) {
    return fields.size() > 1 && fields.get(1).matches("(?i)[a-z][a-z_ ]+|[xy][1-5]");
  }

  private List<String> header(List<String> fields) {
    var known = new ArrayList<String>(defaultColumns(2 * POINTS + 2, 1));
    var names = fields.stream().map(LandmarkFile::column).toList();
    for (var name : names.subList(1, names.size())) {
      if (!known.remove(name)) {
        throw wrong(
            1,
            format("the column '%s' is unknown or there twice", name),
            "use " + String.join(", ", defaultColumns(2 * POINTS + 2, 1)));
      }
    }
    return names;
  }

  /// The name of a column; `x1` is that of the first part's.
  private static String column(String name) {
    var lower = name.toLowerCase(Locale.ROOT);
    return lower.matches("[xy][1-5]")
        ? Part.values()[lower.charAt(1) - '1'].label() + "_" + lower.charAt(0)
        : lower;
  }

  private List<String> defaultColumns(int fields, int line) {
    if (fields != 2 * POINTS + 1 && fields != 2 * POINTS + 2) {
      throw wrong(
          line,
          format("%d fields between commas, tabs or spaces, not a path and five points", fields),
          "other points need a first line that names the columns, such as"
              + " 'path,left_eye_x,left_eye_y,nose_x,nose_y,left_mouth_x,left_mouth_y'");
    }
    var columns = new ArrayList<String>(List.of("path"));
    for (var part : Part.values()) {
      columns.add(part.label() + "_x");
      columns.add(part.label() + "_y");
    }
    if (fields > columns.size()) {
      columns.add(SCORE);
    }
    return columns;
  }

  private Entry entry(List<String> fields, int line) {
    if (fields.size() != columns.size()) {
      throw wrong(
          line,
          format("%d fields, the lines before have %d", fields.size(), columns.size()),
          "correct the line");
    }
    var points = new EnumMap<Part, Point>(Part.class);
    for (var part : Part.values()) {
      var x = columns.indexOf(part.label() + "_x");
      var y = columns.indexOf(part.label() + "_y");
      if (x > 0 && y > 0 && !fields.get(x).isEmpty() && !fields.get(y).isEmpty()) {
        points.put(part, new Point(number(fields.get(x), line), number(fields.get(y), line)));
      }
    }
    if (points.size() < Landmarks.LEAST) {
      throw wrong(
          line,
          format("%d points of a face", points.size()),
          format("at least %d are needed", Landmarks.LEAST));
    }
    if (points.values().stream().distinct().count() == 1) {
      throw wrong(line, "all its points are the same", "correct the line");
    }
    var score = columns.indexOf(SCORE);
    return new Entry(
        fields.getFirst(),
        new Landmarks(points),
        score < 0 ? 1 : (float) number(fields.get(score), line),
        file,
        line);
  }

  private double number(String field, int line) {
    try {
      var value = Double.parseDouble(field);
      if (Math.abs(value) < 1e6) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw wrong(line, format("'%s' is not a coordinate", field), "correct the line");
  }

  private FacetException wrong(int line, String problem, String remedy) {
    return FacetException.data(file + ":" + line, problem, remedy);
  }
}

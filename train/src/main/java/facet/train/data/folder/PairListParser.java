package facet.train.data.folder;

import static facet.train.error.Printable.format;

import facet.train.data.ListedPath;
import facet.train.error.FacetException;
import facet.train.text.TextList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Reads the lines of a [PairList].
final class PairListParser {
  /// A line's two images and whether they show one person.
  record Line(Path first, Path second, boolean same) {}

  private static final String IMAGE = "\\S+\\s+[1-9]\\d{0,8}";
  private static final String SAME = IMAGE + "\\s+[1-9]\\d{0,8}";
  private static final String DIFFERENT = IMAGE + "\\s+" + IMAGE;

  private final Path file;
  private final Path root;
  private final Set<Path> known = new HashSet<>();
  private int folds;

  PairListParser(Path file, Path root) {
    this.file = file;
    this.root = root;
  }

  List<Line> parse(List<TextList.Line> text) {
    boolean header =
        !text.isEmpty() && text.getFirst().text().matches("\\d{1,9}([\\s,]+\\d{1,9})?");
    boolean lfw = header || isHeadless(text);
    var lines = new ArrayList<Line>();
    for (var line : header ? text.subList(1, text.size()) : text) {
      lines.add(lfw ? parseLfw(line) : parsePlain(line));
    }
    if (header) {
      checkHeader(text.getFirst().text().split("[\\s,]+"), lines);
    }
    return lines;
  }

  /// Whether the lines are LFW's without its header, as RFW has them: some of them name two people.
  private static boolean isHeadless(List<TextList.Line> text) {
    return text.stream().anyMatch(line -> line.text().matches(DIFFERENT))
        && text.stream().allMatch(line -> line.text().matches(SAME + "|" + DIFFERENT));
  }

  /// The number of folds that the header announced, 0 without a header.
  int folds() {
    return folds;
  }

  private Line parsePlain(TextList.Line line) {
    var fields = line.fields(PairListParser::isPlain).toArray(String[]::new);
    if (!isPlain(List.of(fields))) {
      throw line.wrong("'%s' is not 'path path 1|0'", line.visible());
    }
    Path first = existing(inRoot(fields[0], line), line);
    Path second = existing(inRoot(fields[1], line), line);
    return new Line(first, second, fields[2].equals("1"));
  }

  private static boolean isPlain(List<String> fields) {
    return fields.size() == 3 && fields.get(2).matches("[01]");
  }

  private static boolean isLfw(List<String> fields) {
    return fields.size() == 3 || fields.size() == 4;
  }

  private Line parseLfw(TextList.Line line) {
    var fields = line.fields(PairListParser::isLfw).toArray(String[]::new);
    try {
      return switch (fields.length) {
        case 3 ->
            new Line(
                lfwImage(fields[0], fields[1], line), lfwImage(fields[0], fields[2], line), true);
        case 4 ->
            new Line(
                lfwImage(fields[0], fields[1], line), lfwImage(fields[2], fields[3], line), false);
        default ->
            throw line.wrong("'%s' is neither 'name i j' nor 'name i name j'", line.visible());
      };
    } catch (NumberFormatException e) {
      throw line.wrong("an image number is not a number (%s)", e.getMessage());
    }
  }

  private Path lfwImage(String name, String image, TextList.Line line) {
    String stem = format("%s_%04d", name, Integer.parseInt(image));
    Path folder = inRoot(name, line);
    for (String extension : ImageFiles.EXTENSIONS) {
      Path candidate = folder.resolve(stem + "." + extension);
      if (isKnown(candidate)) {
        return candidate;
      }
    }
    throw missing(folder.resolve(stem + ".jpg"), line);
  }

  private void checkHeader(String[] header, List<Line> lines) {
    folds = header.length == 1 ? 1 : Integer.parseInt(header[0]);
    int pairs = Integer.parseInt(header[header.length - 1]);
    if (lines.size() != 2L * folds * pairs) {
      throw FacetException.data(
          file,
          format(
              "its header announces %d folds of 2 x %d pairs, but %d pairs follow",
              folds, pairs, lines.size()),
          "complete it or correct its header");
    }
  }

  private Path inRoot(String name, TextList.Line line) {
    return ListedPath.in(root, name, line.where());
  }

  private Path existing(Path image, TextList.Line line) {
    if (!isKnown(image)) {
      throw missing(image, line);
    }
    return image;
  }

  private boolean isKnown(Path image) {
    if (known.contains(image)) {
      return true;
    }
    return Files.isRegularFile(image) && known.add(image);
  }

  private FacetException missing(Path image, TextList.Line line) {
    return FacetException.data(
        line.where(),
        "there is no image " + image,
        "add it, or name the folder that the list's paths are relative to");
  }
}

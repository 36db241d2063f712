package facet.train.text;

import static facet.train.error.Printable.format;

import com.google.errorprone.annotations.FormatMethod;
import facet.nn.io.FileKind;
import facet.train.error.FacetException;
import java.io.BufferedReader;
import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// A list in a text file, a line an entry, as people and programs write them: with or without a
/// byte order mark, with the line ends of any system, with blanks at a line's end, empty lines,
/// comments after `#`, and fields between tabs, commas or blanks, possibly in quotes.
public final class TextList {
  private TextList() {}

  /// A line that is neither empty nor a comment.
  ///
  /// @param number in the file, from 1
  /// @param text without blanks at its ends
  public record Line(Path file, int number, String text) {
    /// Its fields, at the first of tabs, commas and blanks where they are `expected`; so paths may
    /// hold blanks if tabs or commas separate them. At blanks if they never are.
    public List<String> fields(Predicate<List<String>> expected) {
      for (var separator : List.of('\t', ',')) {
        var fields = split(text, separator);
        if (fields.size() > 1 && expected.test(fields)) {
          return fields;
        }
      }
      return split(text, ' ');
    }

    /// Its fields, as many as the words of `form`, such as `person group`.
    public List<String> fields(String form) {
      var count = form.split(" ").length;
      var fields = fields(found -> found.size() == count);
      if (fields.size() != count) {
        throw wrong("'%s' is not '%s'", visible(), form);
      }
      return fields;
    }

    /// Where it is, for messages.
    public String where() {
      return file + ":" + number;
    }

    /// The error of this line.
    public FacetException wrong(String problem) {
      return FacetException.data(where(), problem, "correct the line");
    }

    /// As [#wrong(String)], by a pattern of [String#format].
    @FormatMethod
    public FacetException wrong(String pattern, Object... arguments) {
      return wrong(format(pattern, arguments));
    }

    /// The text, with what cannot be seen written out.
    public String visible() {
      return text.replace("\t", "<tab>");
    }
  }

  /// All lines of `file`.
  ///
  /// @param content what is expected in it, such as `lines 'path person'`
  public static List<Line> read(Path file, String content) {
    var lines = new ArrayList<Line>();
    each(file, content, lines::add);
    return lines;
  }

  /// Hands out the lines of `file` one by one.
  public static void each(Path file, String content, Consumer<Line> consumer) {
    TextFile.requireReadable(file, "a file of " + content);
    var kind = FileKind.ofText(file);
    if (kind != null) {
      throw FacetException.data(file, "it is " + kind, "name a file of " + content);
    }
    // The decoder of newBufferedReader refuses what is not UTF-8.
    try (var bytes = Files.newBufferedReader(file, StandardCharsets.UTF_8);
        var in = new BufferedReader(new ShortLines(bytes, file))) {
      var number = 0;
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        var text = number == 1 && line.startsWith("\ufeff") ? line.substring(1) : line;
        text = text.strip();
        if (!text.isEmpty() && !text.startsWith("#")) {
          consumer.accept(new Line(file, number, text));
        }
      }
    } catch (IOException e) {
      throw unreadable(file, content, e);
    }
  }

  /// Hands out the lines of `file` with their fields, as many as the words of `form`; one at least.
  public static void rows(Path file, String form, BiConsumer<Line, List<String>> consumer) {
    var empty = new boolean[] {true};
    each(
        file,
        "lines '" + form + "'",
        line -> {
          empty[0] = false;
          consumer.accept(line, line.fields(form));
        });
    if (empty[0]) {
      throw FacetException.data(file, "it is empty", "add lines '" + form + "'");
    }
  }

  /// Refuses a line that would fill the memory: a file of another kind, or a device.
  private static final class ShortLines extends FilterReader {
    private static final int MOST = 1 << 20;

    private final Path file;
    private int length;

    ShortLines(Reader in, Path file) {
      super(in);
      this.file = file;
    }

    @Override
    public int read(char[] target, int from, int most) throws IOException {
      var count = super.read(target, from, most);
      for (var i = from; i < from + count; i++) {
        length = target[i] == '\n' || target[i] == '\r' ? 0 : length + 1;
        if (length > MOST) {
          throw FacetException.data(
              file, format("a line of more than %,d characters", MOST), "name a text file");
        }
      }
      return count;
    }
  }

  private static FacetException unreadable(Path file, String content, IOException cause) {
    var kind = FileKind.of(file);
    var problem = "no such file";
    if (kind != null) {
      problem = "it is " + kind;
    } else if (Files.exists(file)) {
      problem = "not a text file in UTF-8";
    }
    return FacetException.data(file, problem, "name a file of " + content, cause);
  }

  /// The fields of a line, without the blanks around them. At blanks, several of which separate as
  /// one does; a field that begins with a quote ends with one, two in it stand for one.
  public static List<String> split(String text, char separator) {
    var fields = new ArrayList<String>();
    var at = 0;
    while (at <= text.length()) {
      while (at < text.length() && isBlank(text.charAt(at), separator)) {
        at++;
      }
      var field = new StringBuilder();
      if (at < text.length() && text.charAt(at) == '"') {
        at = quoted(text, at + 1, field);
      }
      while (at < text.length() && !separates(text.charAt(at), separator)) {
        field.append(text.charAt(at++));
      }
      if (separator != ' ' || !field.isEmpty()) {
        fields.add(field.toString().strip());
      }
      at++;
    }
    return fields;
  }

  /// Reads a field up to its closing quote and returns where that is passed.
  private static int quoted(String text, int from, StringBuilder field) {
    var at = from;
    while (at < text.length()) {
      var c = text.charAt(at++);
      if (c != '"') {
        field.append(c);
      } else if (at < text.length() && text.charAt(at) == '"') {
        field.append(c);
        at++;
      } else {
        break;
      }
    }
    return at;
  }

  private static boolean separates(char c, char separator) {
    return separator == ' ' ? c == ' ' || c == '\t' : c == separator;
  }

  private static boolean isBlank(char c, char separator) {
    return c != separator && (c == ' ' || c == '\t') || separator == ' ' && separates(c, ' ');
  }
}

package facet.train.error;

import com.google.errorprone.annotations.FormatMethod;
import java.util.Locale;

/// Text for people that may have come from somebody's data: names of people and files can hold any
/// character, and a terminal takes some of them for commands. Such characters are shown as `\x1b`.
public final class Printable {
  private Printable() {}

  /// `String.format` whose digits, commas and points are the same everywhere.
  @FormatMethod
  public static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }

  /// One line: line breaks are shown, too.
  public static String line(String text) {
    return clean(text, false);
  }

  /// Text of several lines, which keeps its line breaks.
  public static String lines(String text) {
    return clean(text, true);
  }

  private static String clean(String text, boolean breaks) {
    if (text.chars().noneMatch(c -> isCommand(c, breaks))) {
      return text;
    }
    var clean = new StringBuilder();
    for (var c : text.toCharArray()) {
      if (isCommand(c, breaks)) {
        clean.append(c < 256 ? format("\\x%02x", (int) c) : format("\\u%04x", (int) c));
      } else {
        clean.append(c);
      }
    }
    return clean.toString();
  }

  /// Control characters, and those that change the direction of what follows or end a line in
  /// Unicode.
  private static boolean isCommand(int c, boolean breaks) {
    return switch (c) {
      case '\n' -> !breaks;
      case '\t' -> false;
      case '\u061c', '\u200e', '\u200f', '\u2028', '\u2029' -> true;
      default ->
          Character.isISOControl(c)
              || c >= '\u202a' && c <= '\u202e'
              || c >= '\u2066' && c <= '\u2069';
    };
  }
}

package facet.train.data;

import facet.train.error.FacetException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A choice of things by their place in a list, counted from 1: `1-400,405`; or by their names.
///
/// @param names beside those in the ranges
public record Ordinals(List<Range> ranges, List<String> names) {
  /// Everything, however many there are.
  public static final Ordinals ALL = new Ordinals(List.of(), List.of());

  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");

  /// From `first` to `last`, both included.
  public record Range(int first, int last) {}

  public Ordinals {
    ranges = List.copyOf(ranges);
    names = List.copyOf(names);
  }

  /// Reads `1-30`, `7`, `1-400,405`, or `all`.
  public static Ordinals parse(String text) {
    return parse(text, false);
  }

  /// Reads people: as [#parse], and names among them, `anna,ben`; a name that could be a number has
  /// a `=` before it, `=007`.
  public static Ordinals parsePeople(String text) {
    return parse(text, true);
  }

  private static Ordinals parse(String text, boolean named) {
    if (text.strip().equals("all")) {
      return ALL;
    }
    var ranges = new ArrayList<Range>();
    var names = new ArrayList<String>();
    for (String part : text.split(",", -1)) {
      var matcher = RANGE.matcher(part.strip());
      if (!matcher.matches()) {
        var name = part.strip().replaceFirst("^=", "");
        if (named && !name.isEmpty()) {
          names.add(Normalizer.normalize(name, Normalizer.Form.NFC));
          continue;
        }
        throw wrong(text, "'" + part.strip() + "' is not a number or a range");
      }
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first < 1 || last < first) {
        throw wrong(text, "'" + part.strip() + "' is empty or does not count from 1");
      }
      ranges.add(new Range(first, last));
    }
    return new Ordinals(ranges, names);
  }

  private static FacetException wrong(String text, String problem) {
    return FacetException.usage(
        "selection '" + text + "': " + problem + "; write for example 1-400,405.");
  }

  /// Whether the `ordinal`-th (from 1) is chosen by its place.
  public boolean contains(int ordinal) {
    return ranges.isEmpty() && names.isEmpty()
        || ranges.stream().anyMatch(r -> r.first() <= ordinal && ordinal <= r.last());
  }

  /// The chosen elements of `all`, in its order; `what` names them (`people`, `folds`) in the error
  /// when the choice reaches past the end.
  public <T> List<T> select(List<T> all, String what, Object where) {
    if (!names.isEmpty()) {
      throw FacetException.data(
          where,
          "its " + what + " have numbers, not names such as '" + names.getFirst() + "'",
          "choose from 1-" + all.size());
    }
    return select(all, element -> "", what, where);
  }

  /// The same, where the elements have names, too.
  public <T> List<T> select(List<T> all, Function<T, String> name, String what, Object where) {
    var found = all.stream().map(name).collect(Collectors.toSet());
    for (var wanted : names) {
      if (!found.contains(wanted)) {
        throw FacetException.data(
            where,
            "none of its " + all.size() + " " + what + " is named '" + wanted + "'",
            "choose names of its folders, or places such as 1-" + all.size());
      }
    }
    for (Range range : ranges) {
      if (range.last() > all.size()) {
        throw FacetException.data(
            where,
            "selection " + this + " reaches past its " + all.size() + " " + what,
            "choose from 1-" + all.size());
      }
    }
    var chosen = new ArrayList<T>();
    for (int i = 0; i < all.size(); i++) {
      if (contains(i + 1) || names.contains(name.apply(all.get(i)))) {
        chosen.add(all.get(i));
      }
    }
    return chosen;
  }

  @Override
  public String toString() {
    if (ranges.isEmpty() && names.isEmpty()) {
      return "all";
    }
    var parts = new ArrayList<String>();
    for (Range r : ranges) {
      parts.add(r.first() == r.last() ? "" + r.first() : r.first() + "-" + r.last());
    }
    names.forEach(name -> parts.add(RANGE.matcher(name).matches() ? "=" + name : name));
    return String.join(",", parts);
  }
}

package facet.train.data;

import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A choice of things by their place in a list, counted from 1: `1-400,405`.
public record Ordinals(List<Range> ranges) {
  /// Everything, however many there are.
  public static final Ordinals ALL = new Ordinals(List.of());

  private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");

  /// From `first` to `last`, both included.
  public record Range(int first, int last) {}

  public Ordinals {
    ranges = List.copyOf(ranges);
  }

  /// Reads `1-30`, `7`, `1-400,405`, or `all`.
  public static Ordinals parse(String text) {
    if (text.strip().equals("all")) {
      return ALL;
    }
    var ranges = new ArrayList<Range>();
    for (String part : text.split(",", -1)) {
      var matcher = RANGE.matcher(part.strip());
      if (!matcher.matches()) {
        throw wrong(text, "'" + part.strip() + "' is not a number or a range");
      }
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first < 1 || last < first) {
        throw wrong(text, "'" + part.strip() + "' is empty or does not count from 1");
      }
      ranges.add(new Range(first, last));
    }
    return new Ordinals(ranges);
  }

  private static FacetException wrong(String text, String problem) {
    return FacetException.usage(
        "selection '" + text + "': " + problem + "; write for example 1-400,405.");
  }

  /// Whether the `ordinal`-th (from 1) is chosen.
  public boolean contains(int ordinal) {
    return ranges.isEmpty()
        || ranges.stream().anyMatch(r -> r.first() <= ordinal && ordinal <= r.last());
  }

  /// The chosen elements of `all`, in its order; `what` names them (`people`, `folds`) in the error
  /// when the choice reaches past the end.
  public <T> List<T> select(List<T> all, String what, Object where) {
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
      if (contains(i + 1)) {
        chosen.add(all.get(i));
      }
    }
    return chosen;
  }

  @Override
  public String toString() {
    if (ranges.isEmpty()) {
      return "all";
    }
    var parts = new ArrayList<String>();
    for (Range r : ranges) {
      parts.add(r.first() == r.last() ? "" + r.first() : r.first() + "-" + r.last());
    }
    return String.join(",", parts);
  }
}

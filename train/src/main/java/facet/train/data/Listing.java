package facet.train.data;

import static facet.train.error.Printable.format;

import java.util.List;

/// Lists in messages: the first ten elements, then how many more there are.
public final class Listing {
  public static final int SHOWN = 10;

  private Listing() {}

  public static String of(List<String> all, String separator) {
    String shown = String.join(separator, all.subList(0, Math.min(SHOWN, all.size())));
    int more = all.size() - SHOWN;
    return more > 0 ? shown + separator + format("and %,d more", more) : shown;
  }
}

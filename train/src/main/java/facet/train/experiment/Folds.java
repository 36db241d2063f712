package facet.train.experiment;

import facet.train.data.Ordinals;
import facet.train.error.FacetException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Cross-validation over people: they are cut into `count` folds, and each of those `chosen` in
/// turn is kept back from all training and evaluated on. Choose settings on one, report others.
///
/// @param count 0 without cross-validation
/// @param chosen folds from 1; the fold 0 alone without cross-validation
record Folds(int count, List<Integer> chosen) {
  private static final Folds NONE = new Folds(0, List.of(0));
  private static final Pattern FORM = Pattern.compile("(.+)/(\\d{1,4})");

  /// Reads `2-5/5`: the folds 2 to 5 of five. Null stands for no folds.
  static Folds parse(String text, Object where) {
    var form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw wrong(text, where);
    }
    var count = Integer.parseInt(form.group(2));
    var chosen =
        Ordinals.parse(form.group(1))
            .select(IntStream.rangeClosed(1, count).boxed().toList(), "folds", where);
    if (count < 2) {
      throw wrong(text, where);
    }
    return new Folds(count, chosen);
  }

  static Folds none() {
    return NONE;
  }

  private static FacetException wrong(String text, Object where) {
    return FacetException.usage(
        "%s: 'folds' is %s, expected which of how many (2 or more), such as 2-5/5.", where, text);
  }

  /// Whether the person of this number, from 0, is kept back in a fold.
  boolean keepsBack(int fold, int person) {
    return count > 0 && person % count == fold - 1;
  }
}

package facet.train.report;

import static facet.train.error.Printable.format;

import facet.train.data.image.ImageDecoder;
import facet.train.error.FacetException;
import facet.train.eval.EvalResult;
import facet.train.eval.Figure;
import facet.train.text.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One evaluation as the report shows it: what [EvaluationFile] wrote, read back.
///
/// @param label what people call it
/// @param time when it was made, in milliseconds
/// @param set what was evaluated on
/// @param folds the accuracy in folds and its deviation, NaN without a list
/// @param groups by what the pairs join, such as `easy-hard`
/// @param hardest the hardest pairs; pictures `2 i` and `2 i + 1` of the sheet show pair i
/// @param pictureSize side of a picture in the sheet
/// @param sheet the pictures as a data URI, null without pairs
record ReportedEvaluation(
    String label,
    double time,
    String set,
    Folds folds,
    Map<String, Group> groups,
    List<Pair> hardest,
    int pictureSize,
    @Nullable String sheet) {
  /// What was found for one kind of pairs.
  ///
  /// @param figures by name
  /// @param positiveHistogram the shares of 200 bins over [-1, 1]
  record Group(
      int positives,
      int negatives,
      Map<Figure, Double> figures,
      double meanPositive,
      double meanNegative,
      double[] positiveHistogram,
      double[] negativeHistogram,
      double[] rocFar,
      double[] rocTar) {
    /// NaN if it is undefined.
    double value(Figure figure) {
      return figures.getOrDefault(figure, Double.NaN);
    }
  }

  /// @param images their files, none in evaluations of older versions
  record Pair(
      String kind, boolean same, double similarity, List<String> people, List<String> images) {}

  /// The accuracy in folds.
  record Folds(double mean, double deviation) {}

  /// The same under another label.
  ReportedEvaluation labelled(String other) {
    return new ReportedEvaluation(other, time, set, folds, groups, hardest, pictureSize, sheet);
  }

  /// What makes evaluations comparable, for people: the set and how many pairs it has.
  String measured() {
    var text = new StringBuilder(set);
    groups.forEach(
        (kind, group) ->
            text.append(format(", %s %,d + %,d", kind, group.positives, group.negatives)));
    return text.toString();
  }

  private static final int MAX_PICTURE = 1024;

  static ReportedEvaluation read(Path json) {
    try {
      return parse(Json.read(json), json);
    } catch (ClassCastException | NullPointerException | IllegalArgumentException e) {
      throw FacetException.data(
          json, "not what an evaluation writes", "evaluate again with 'facet train'", e);
    } catch (IOException e) {
      throw FacetException.data(
          json, "its pictures cannot be read (" + e.getMessage() + ")", "check the folder", e);
    }
  }

  private static ReportedEvaluation parse(Map<?, ?> map, Path json) throws IOException {
    var groups = new LinkedHashMap<String, Group>();
    map(map, "groups")
        .forEach(
            (name, group) ->
                groups.put(
                    (String) name,
                    group((Map<?, ?>) group, figures((String) name, map(map, "figures")))));
    var pairs = new ArrayList<Pair>();
    for (var entry : (List<?>) map.get("hardest")) {
      var pair = (Map<?, ?>) entry;
      pairs.add(
          new Pair(
              (String) pair.get("kind"),
              (Boolean) pair.get("same"),
              number(pair, "similarity"),
              people((List<?>) pair.get("people")),
              pair.get("images") instanceof List<?> files ? people(files) : List.of()));
    }
    var sheet = json.resolveSibling(json.getFileName().toString().replace(".json", ".png"));
    var size = number(map, "picture-size");
    require(size >= 1 && size <= MAX_PICTURE, "the pictures' size is " + size);
    return new ReportedEvaluation(
        String.valueOf(map.get("label")),
        number(map, "time"),
        String.valueOf(map.get("set")),
        new Folds(
            number(map(map, "figures"), "pairs/accuracy"),
            number(map(map, "figures"), "pairs/accuracy-std")),
        groups,
        pairs,
        (int) size,
        pairs.isEmpty() ? null : dataUri(sheet));
  }

  /// The sheet becomes part of the page, so it has to be a picture and this run's own.
  private static String dataUri(Path png) throws IOException {
    if (Files.isSymbolicLink(png)) {
      throw new IOException(png + " is a link");
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(ImageDecoder.encoded(png));
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem);
    }
  }

  private static List<String> people(List<?> names) {
    require(names.size() == 2, "a pair of " + names.size());
    return names.stream().map(String::valueOf).toList();
  }

  private static Map<Figure, Double> figures(String group, Map<?, ?> all) {
    var figures = new LinkedHashMap<Figure, Double>();
    Figure.ALL.forEach(figure -> figures.put(figure, number(all, EvalResult.name(group, figure))));
    return figures;
  }

  private static Group group(Map<?, ?> map, Map<Figure, Double> figures) {
    var far = numbers(map(map, "roc"), "far");
    var positives = numbers(map, "positive-histogram");
    var negatives = numbers(map, "negative-histogram");
    require(
        positives.length == Charts.BINS && negatives.length == Charts.BINS,
        "a histogram has not " + Charts.BINS + " bins");
    require(
        far.length == numbers(map(map, "roc"), "tar").length,
        "the curve has points without a rate");
    return new Group(
        (int) number(map, "positives"),
        (int) number(map, "negatives"),
        figures,
        number(map, "mean-positive"),
        number(map, "mean-negative"),
        positives,
        negatives,
        far,
        numbers(map(map, "roc"), "tar"));
  }

  private static Map<?, ?> map(Map<?, ?> map, String key) {
    return (Map<?, ?>) map.get(key);
  }

  private static double number(Map<?, ?> map, String key) {
    return map.get(key) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  private static double[] numbers(Map<?, ?> map, String key) {
    return ((List<?>) map.get(key)).stream().mapToDouble(n -> ((Number) n).doubleValue()).toArray();
  }
}

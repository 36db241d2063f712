package facet.train.eval;

import static facet.train.error.Printable.format;

import facet.train.data.FaceDataset;
import facet.train.error.FacetException;
import facet.train.error.Printable;
import facet.train.text.Digest;
import facet.train.text.TextList;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Groups of people, such as the four of RFW: pairs within each group are judged by themselves, as
/// its protocol does, and figures over the groups show how they differ.
///
/// @param groupOf an image, null if it is of none
/// @param size how many people are named, 0 if any may come
/// @param fingerprint tells them apart from other groups or other people in them
public record PeopleGroups(
    Function<FaceDataset.Item, @Nullable String> groupOf, int size, String fingerprint) {
  /// In place of a file: groups are the sub-folders that images lie in.
  public static final String FOLDERS = "folders";

  /// What is said of all groups together, from the accuracies of each.
  public static final List<Overall> OVERALL =
      List.of(
          new Overall("accuracy-mean", "mean accuracy", true, KFold::mean),
          new Overall("accuracy-std", "deviation", true, KFold::deviation),
          new Overall("error-ratio", "worst error by best", false, PeopleGroups::ratio));

  /// A figure of all groups.
  public record Overall(
      String name, String title, boolean percent, ToDoubleFunction<double[]> ofAccuracies)
      implements Quantity {}

  /// What the name of every figure of a group begins with, followed by the group.
  public static final String GROUP = "group/";

  /// What the name of each of [#OVERALL] begins with.
  public static final String ALL = "groups";

  /// The groups that an option names: [#FOLDERS], or a file of lines `person group`.
  public static PeopleGroups named(String option) {
    return option.equals(FOLDERS)
        ? new PeopleGroups(FaceDataset.Item::kind, 0, FOLDERS)
        : read(Path.of(option));
  }

  /// Reads lines `person group`; blank ones and those that begin with `#` are passed over. Names of
  /// groups become fields of tables.
  public static PeopleGroups read(Path file) {
    var groups = new LinkedHashMap<String, String>();
    TextList.rows(
        file,
        "person group",
        (line, fields) -> {
          var person = Normalizer.normalize(fields.get(0), Normalizer.Form.NFC);
          var group = Printable.line(fields.get(1));
          if (group.isEmpty() || group.matches(".*[,|\"].*")) {
            throw line.wrong("'%s' is no name for a group; use none of , | and quotes", group);
          }
          var before = groups.put(person, group);
          if (before != null && !before.equals(group)) {
            throw line.wrong("%s is of the group %s already", person, before);
          }
        });
    var fingerprint = new Digest().add(new TreeMap<>(groups).toString()).hex(16);
    return new PeopleGroups(item -> groups.get(item.name()), groups.size(), fingerprint);
  }

  /// The group of each image's person, null for those of none.
  ///
  /// @throws FacetException if nobody is of a group
  @Nullable String[] of(FaceDataset images) {
    var groups = images.items().map(groupOf).toArray(String[]::new);
    if (Arrays.stream(groups).allMatch(Objects::isNull)) {
      throw FacetException.usage(
          "--groups names %,d people, but none of those evaluated; names are those of their"
              + " folders, such as %s.",
          size, images.item(0).name());
    }
    return groups;
  }

  /// Sorts pairs by the group of both of their people.
  static final class Collector {
    private final @Nullable String[] groups;
    private final Map<String, SimilarityLists> lists = new TreeMap<>();

    /// @param groups of each image
    Collector(@Nullable String... groups) {
      this.groups = groups;
    }

    void add(int i, int j, boolean same, float similarity) {
      var group = groups[i];
      if (group != null && group.equals(groups[j])) {
        lists.computeIfAbsent(group, name -> new SimilarityLists()).add(same, similarity);
      }
    }

    /// By group, for those with both same and different pairs.
    Map<String, Similarities> similarities() {
      return SimilarityLists.complete(lists);
    }
  }

  /// Every figure by name, such as `group/african/balanced-accuracy`, and `groups/...` of all.
  static Map<String, Double> figures(Map<String, Similarities> groups) {
    var figures = new LinkedHashMap<String, Double>();
    groups.forEach(
        (group, s) ->
            Figure.OWN.forEach(
                figure -> figures.put(GROUP + group + "/" + figure.name(), figure.value(s, null))));
    var accuracies = accuracies(groups);
    OVERALL.forEach(
        figure ->
            figures.put(ALL + "/" + figure.name(), figure.ofAccuracies.applyAsDouble(accuracies)));
    return figures;
  }

  /// A table for people, and below it mean, deviation and the ratio of errors.
  static String table(Map<String, Similarities> groups) {
    var table = Figure.table("group", Figure.OWN);
    groups.forEach((group, s) -> Figure.row(table, group, Figure.OWN, s, null));
    var accuracies = accuracies(groups);
    return table.plain(1)
        + System.lineSeparator()
        + format(
            "accuracy over the groups: %.2f +- %.2f %%, the worst has %.2f times the error of the"
                + " best",
            100 * KFold.mean(accuracies), 100 * KFold.deviation(accuracies), ratio(accuracies));
  }

  private static double[] accuracies(Map<String, Similarities> groups) {
    return groups.values().stream().mapToDouble(Similarities::balancedAccuracy).toArray();
  }

  /// NaN if the best makes no error.
  private static double ratio(double... accuracies) {
    var best = 0.0;
    var worst = 1.0;
    for (var accuracy : accuracies) {
      best = Math.max(best, accuracy);
      worst = Math.min(worst, accuracy);
    }
    return best == 1 ? Double.NaN : (1 - worst) / (1 - best);
  }
}

package facet.train.experiment;

import static facet.train.error.Printable.format;

import facet.train.eval.EvalResult;
import facet.train.eval.Figure;
import facet.train.eval.PeopleGroups;
import facet.train.eval.Quantity;
import facet.train.text.Table;
import facet.train.text.TextFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The figures of every arm and seed of an experiment, and their comparison with a baseline.
public final class ExperimentResults {
  private static final List<Figure> FIGURES =
      Stream.concat(Figure.COMPARED.stream(), Figure.SHARED.stream()).toList();

  private final UnaryOperator<String> baseline;
  private final Map<String, Map<Unit, Found>> arms = new LinkedHashMap<>();

  /// What a trial found.
  private record Found(Map<String, Double> figures, Map<String, double[]> resampled) {}

  /// @param baseline the arm that an arm is compared with
  ExperimentResults(UnaryOperator<String> baseline) {
    this.baseline = baseline;
  }

  void add(Trial trial) {
    add(trial.unit(), trial.name(), trial.figures(), trial.resampled());
  }

  void add(Unit unit, String arm, Map<String, Double> figures, Map<String, double[]> resampled) {
    arms.computeIfAbsent(arm, name -> new LinkedHashMap<>())
        .put(unit, new Found(figures, resampled));
  }

  /// The arms that have been evaluated, the pretrained network first.
  public List<String> arms() {
    return List.copyOf(arms.keySet());
  }

  /// One figure of an arm over the seeds, each the mean of its folds; null if no evaluation has it.
  ///
  /// @param kind of pairs: one of [EvalResult#kinds], or a group of people
  @Nullable SeedStatistics summary(String arm, String kind, Quantity figure) {
    var name = kind + "/" + figure.name();
    var other = baseline.apply(arm);
    var others = arms.getOrDefault(other, Map.of());
    var values = new LinkedHashMap<Long, List<Double>>();
    var differences = new LinkedHashMap<Long, List<Double>>();
    var drawn = new LinkedHashMap<Long, List<double[]>>();
    arms.getOrDefault(arm, Map.of())
        .forEach(
            (unit, found) -> {
              var value = found.figures.getOrDefault(name, Double.NaN);
              if (!Double.isFinite(value)) {
                return;
              }
              append(values, unit, value);
              var base = others.get(unit);
              if (base == null || arm.equals(other)) {
                return;
              }
              var difference = value - base.figures.getOrDefault(name, Double.NaN);
              if (Double.isFinite(difference)) {
                append(differences, unit, difference);
                append(drawn, unit, difference(found, base, name));
              }
            });
    return values.isEmpty()
        ? null
        : SeedStatistics.of(
            means(values), means(differences), Bootstrap.interval(List.copyOf(drawn.values())));
  }

  private static <T> void append(Map<Long, List<T>> bySeed, Unit unit, T value) {
    bySeed.computeIfAbsent(unit.seed(), seed -> new ArrayList<>()).add(value);
  }

  private static List<Double> means(Map<Long, List<Double>> bySeed) {
    return bySeed.values().stream()
        .map(folds -> folds.stream().mapToDouble(Double::doubleValue).average().orElseThrow())
        .toList();
  }

  /// Draw by draw.
  private static double[] difference(Found found, Found base, String name) {
    var values = found.resampled.getOrDefault(name, new double[0]);
    var others = base.resampled.getOrDefault(name, new double[0]);
    var differences = new double[Math.min(values.length, others.length)];
    Arrays.setAll(differences, i -> values[i] - others[i]);
    return differences;
  }

  /// Writes `results.csv`, `table.csv` and `table.md`.
  void write(Path folder) {
    TextFile.write(folder.resolve("results.csv"), all());
    TextFile.write(folder.resolve("table.csv"), csv());
    TextFile.write(folder.resolve("table.md"), markdown());
  }

  private String all() {
    var lines = new ArrayList<String>();
    lines.add("seed,fold,arm,figure,value");
    arms.forEach(
        (arm, units) ->
            units.forEach(
                (unit, found) ->
                    found.figures.forEach(
                        (name, value) ->
                            lines.add(
                                format(
                                    "%d,%d,%s,%s,%s",
                                    unit.seed(), unit.fold(), arm, name, value)))));
    return String.join("\n", lines) + "\n";
  }

  private String csv() {
    var lines = new ArrayList<String>();
    lines.add(
        "arm,pairs,metric,seeds,mean,deviation,difference,low,high,seeds_low,seeds_high,baseline");
    for (var arm : arms()) {
      EvalResult.kinds().forEach(kind -> FIGURES.forEach(f -> row(lines, arm, kind, f)));
      groups().forEach(group -> Figure.COMPARED.forEach(f -> row(lines, arm, group, f)));
      PeopleGroups.OVERALL.forEach(f -> row(lines, arm, PeopleGroups.ALL, f));
    }
    return String.join("\n", lines) + "\n";
  }

  private void row(List<String> lines, String arm, String kind, Quantity figure) {
    var s = summary(arm, kind, figure);
    if (s != null) {
      lines.add(
          format(
              "%s,%s,%s,%d,%s,%s,%s,%s,%s,%s,%s,%s",
              arm,
              kind,
              figure.name(),
              s.count(),
              s.mean(),
              s.deviation(),
              s.difference(),
              s.interval().low(),
              s.interval().high(),
              s.low(),
              s.high(),
              baseline.apply(arm)));
    }
  }

  /// The groups of people that were judged by themselves, by what their figures begin with.
  private List<String> groups() {
    return arms.values().stream()
        .flatMap(units -> units.values().stream())
        .flatMap(found -> found.figures.keySet().stream())
        .filter(name -> name.startsWith(PeopleGroups.GROUP))
        .map(name -> name.substring(0, name.lastIndexOf('/')))
        .distinct()
        .sorted()
        .toList();
  }

  /// The tables for people, in Markdown that reads well as it is.
  public String markdown() {
    var units = arms.values().stream().flatMap(found -> found.keySet().stream()).toList();
    var resampled =
        arms.values().stream()
            .flatMap(found -> found.values().stream())
            .anyMatch(found -> !found.resampled.isEmpty());
    var text = new StringBuilder();
    text.append(
        format(
            """
            Over the seeds %s%s, all pairs of the validation people. Accuracy is balanced, at its best threshold;
            TAR@FAR takes the round(N FAR)-th highest negative as the threshold and accepts from it upwards;
            the margin is E[positives] - E[negatives]. What says "easy" takes the threshold from easy-easy pairs;
            E+ gap and KL are distances from easy-easy pairs. Rates in percent, mean +- standard deviation.
            """,
            distinct(units, Unit::seed),
            units.stream().allMatch(unit -> unit.fold() == 0)
                ? ""
                : " and the folds " + distinct(units, Unit::fold)));
    tables(text, false);
    text.append(
        resampled
            ? "\nDifferences, paired by seed and people, with their 95 % bootstrap intervals over"
                + " people and seeds; bold ones exclude 0.\n"
            : "\nDifferences, paired by seed, with their 95 % t intervals; bold ones exclude 0.\n");
    tables(text, true);
    return text.toString();
  }

  private static <T> String distinct(List<Unit> units, Function<Unit, T> part) {
    return units.stream()
        .map(part)
        .distinct()
        .map(String::valueOf)
        .collect(Collectors.joining(", "));
  }

  private void tables(StringBuilder text, boolean differences) {
    for (var kind : EvalResult.kinds()) {
      text.append('\n').append(table(kind, Figure.COMPARED, differences).markdown());
    }
    for (var kind : EvalResult.kinds()) {
      text.append('\n').append(table(kind, Figure.SHARED, differences).markdown());
    }
    for (var group : groups()) {
      text.append('\n').append(table(group, Figure.COMPARED, differences).markdown());
    }
    if (!groups().isEmpty()) {
      var all = table(PeopleGroups.ALL, PeopleGroups.OVERALL, differences);
      text.append('\n').append(all.markdown());
    }
  }

  private Table table(String kind, List<? extends Quantity> figures, boolean differences) {
    var table = new Table(List.of(kind), figures.stream().map(Quantity::title));
    for (var arm : arms()) {
      var other = baseline.apply(arm);
      if (differences && arm.equals(other)) {
        continue;
      }
      var row = new ArrayList<>(List.of(differences ? arm + " - " + other : arm));
      for (var figure : figures) {
        var s = summary(arm, kind, figure);
        row.add(s == null ? "-" : differences ? difference(s, figure) : mean(s, figure));
      }
      table.row(row);
    }
    return table;
  }

  private static String mean(SeedStatistics s, Quantity figure) {
    return s.count() > 1
        ? number("%.2f +- %.2f", "%.3f +- %.3f", figure, s.mean(), s.deviation())
        : number("%.2f", "%.3f", figure, s.mean());
  }

  private static String difference(SeedStatistics s, Quantity figure) {
    var interval = s.interval();
    if (!interval.exists()) {
      return Double.isNaN(s.difference()) ? "-" : number("%+.2f", "%+.3f", figure, s.difference());
    }
    var text =
        number(
            "%+.2f [%+.2f, %+.2f]",
            "%+.3f [%+.3f, %+.3f]", figure, s.difference(), interval.low(), interval.high());
    return interval.low() > 0 || interval.high() < 0 ? "**" + text + "**" : text;
  }

  private static String number(String percent, String plain, Quantity figure, double... values) {
    var scaled = Arrays.stream(values).mapToObj(figure::scaled).toArray();
    return String.format(Locale.ROOT, figure.percent() ? percent : plain, scaled);
  }
}

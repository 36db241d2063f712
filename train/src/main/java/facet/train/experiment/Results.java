package facet.train.experiment;

import facet.train.eval.AllPairs;
import facet.train.eval.Figure;
import facet.train.text.Table;
import facet.train.text.TextFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The figures of every arm and seed of an experiment, and their comparison with a baseline.
public final class Results {
  private final UnaryOperator<String> baseline;
  private final Map<String, Map<Long, Map<String, Double>>> arms = new LinkedHashMap<>();

  /// @param baseline the arm that an arm is compared with
  Results(UnaryOperator<String> baseline) {
    this.baseline = baseline;
  }

  void add(long seed, String arm, Map<String, Double> figures) {
    arms.computeIfAbsent(arm, name -> new LinkedHashMap<>()).put(seed, figures);
  }

  /// The arms that have been evaluated, the pretrained network first.
  public List<String> arms() {
    return List.copyOf(arms.keySet());
  }

  /// One figure of an arm over the seeds, null if no evaluation has it.
  @Nullable Summary summary(String arm, AllPairs.Kind kind, Figure figure) {
    var name = kind.label() + "/" + figure.name();
    var values = values(arm, name);
    if (values.isEmpty()) {
      return null;
    }
    var other = baseline.apply(arm);
    var others = values(other, name);
    var differences = new ArrayList<Double>();
    values.forEach(
        (seed, value) -> {
          var base = others.get(seed);
          if (base != null) {
            differences.add(value - base);
          }
        });
    return Summary.of(values.values(), arm.equals(other) ? List.of() : differences);
  }

  private Map<Long, Double> values(String arm, String figure) {
    var values = new LinkedHashMap<Long, Double>();
    arms.getOrDefault(arm, Map.of())
        .forEach(
            (seed, figures) -> {
              var value = figures.get(figure);
              if (value != null && Double.isFinite(value)) {
                values.put(seed, value);
              }
            });
    return values;
  }

  /// Writes `results.csv`, `table.csv` and `table.md`.
  void write(Path folder) {
    TextFile.write(folder.resolve("results.csv"), all());
    TextFile.write(folder.resolve("table.csv"), csv());
    TextFile.write(folder.resolve("table.md"), markdown());
  }

  private String all() {
    var lines = new ArrayList<String>();
    lines.add("seed,arm,figure,value");
    arms.forEach(
        (arm, seeds) ->
            seeds.forEach(
                (seed, figures) ->
                    figures.forEach(
                        (name, value) ->
                            lines.add(
                                String.format(
                                    Locale.ROOT, "%d,%s,%s,%s", seed, arm, name, value)))));
    return String.join("\n", lines) + "\n";
  }

  private String csv() {
    var lines = new ArrayList<String>();
    lines.add("arm,pairs,metric,seeds,mean,deviation,difference,low,high,baseline");
    for (var arm : arms()) {
      for (var kind : AllPairs.Kind.values()) {
        for (var figure : Figure.COMPARED) {
          var s = summary(arm, kind, figure);
          if (s != null) {
            lines.add(
                String.format(
                    Locale.ROOT,
                    "%s,%s,%s,%d,%s,%s,%s,%s,%s,%s",
                    arm,
                    kind.label(),
                    figure.name(),
                    s.count(),
                    s.mean(),
                    s.deviation(),
                    s.difference(),
                    s.low(),
                    s.high(),
                    baseline.apply(arm)));
          }
        }
      }
    }
    return String.join("\n", lines) + "\n";
  }

  /// The tables for people, in Markdown that reads well as it is.
  public String markdown() {
    var seeds =
        arms.values().stream().flatMap(s -> s.keySet().stream()).distinct().sorted().toList();
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            """
            Over the seeds %s, all pairs of the validation people. Accuracy is balanced, at its best threshold;
            TAR@FAR takes the round(N FAR)-th highest negative as the threshold and accepts from it upwards;
            the margin is E[positives] - E[negatives]. Rates in percent, mean +- standard deviation.
            """,
            seeds.stream().map(String::valueOf).collect(Collectors.joining(", "))));
    for (var kind : AllPairs.Kind.values()) {
      text.append('\n').append(table(kind, false).markdown());
    }
    text.append(
        "\nDifferences, paired by seed, with their 95 % t intervals; bold ones exclude 0.\n");
    for (var kind : AllPairs.Kind.values()) {
      text.append('\n').append(table(kind, true).markdown());
    }
    return text.toString();
  }

  private Table table(AllPairs.Kind kind, boolean differences) {
    var header = new ArrayList<>(List.of(kind.label()));
    Figure.COMPARED.forEach(figure -> header.add(figure.title()));
    var table = new Table(header);
    for (var arm : arms()) {
      var other = baseline.apply(arm);
      if (differences && arm.equals(other)) {
        continue;
      }
      var row = new ArrayList<>(List.of(differences ? arm + " - " + other : arm));
      for (var figure : Figure.COMPARED) {
        var s = summary(arm, kind, figure);
        row.add(s == null ? "-" : differences ? difference(s, figure) : mean(s, figure));
      }
      table.row(row);
    }
    return table;
  }

  private static String mean(Summary s, Figure figure) {
    return s.count() > 1
        ? number("%.2f +- %.2f", "%.3f +- %.3f", figure, s.mean(), s.deviation())
        : number("%.2f", "%.3f", figure, s.mean());
  }

  private static String difference(Summary s, Figure figure) {
    if (Double.isNaN(s.low())) {
      return Double.isNaN(s.difference()) ? "-" : number("%+.2f", "%+.3f", figure, s.difference());
    }
    var text =
        number(
            "%+.2f [%+.2f, %+.2f]",
            "%+.3f [%+.3f, %+.3f]", figure, s.difference(), s.low(), s.high());
    return s.low() > 0 || s.high() < 0 ? "**" + text + "**" : text;
  }

  private static String number(String percent, String plain, Figure figure, double... values) {
    var scaled = Arrays.stream(values).mapToObj(figure::scaled).toArray();
    return String.format(Locale.ROOT, figure.percent() ? percent : plain, scaled);
  }
}

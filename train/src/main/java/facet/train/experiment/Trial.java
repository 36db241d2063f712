package facet.train.experiment;

import facet.train.config.Config;
import facet.train.error.FacetException;
import facet.train.eval.EvalResult;
import facet.train.eval.PeopleGroups;
import facet.train.run.RunFolder;
import facet.train.text.Csv;
import facet.train.text.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One training of an experiment, an arm or the pretraining, and its place on the disk: the folder
/// of a run, and in it `figures.csv` once the network has been trained and evaluated, beside
/// `resampled.csv` with the figures of people drawn again; `groups.txt`, what tells the groups of
/// people apart from others, and `inputs.yaml`, what does so for everybody and the first network.
public record Trial(Unit unit, String name, RunFolder folder) {
  /// The name of the pretraining, and of the network before fine-tuning in tables.
  static final String PRETRAINING = "pretrained";

  private static final String HEADER = "figure,value";
  private static final String AGAIN = "remove the folder to train again";

  /// Whether the folder is that of a trial that is done.
  public static boolean isIn(RunFolder folder) {
    return Files.exists(figures(folder));
  }

  private static Path figures(RunFolder folder) {
    return folder.root().resolve("figures.csv");
  }

  Path figuresFile() {
    return figures(folder);
  }

  private Path resampledFile() {
    return folder.root().resolve("resampled.csv");
  }

  boolean done() {
    return isIn(folder);
  }

  private Path groupsFile() {
    return folder.root().resolve("groups.txt");
  }

  /// Whether it was evaluated by these groups of people; of a version that kept no word of them, by
  /// any.
  boolean isGroupedBy(PeopleGroups groups) {
    return Files.exists(groupsFile())
        ? read(groupsFile()).equals(groups.fingerprint())
        : figures().keySet().stream().anyMatch(name -> name.startsWith(PeopleGroups.GROUP));
  }

  /// Whether there is a checkpoint to resume from.
  boolean begun() {
    return Files.exists(folder.checkpoint("last"));
  }

  /// Keeps what an evaluation found; the trial is then done.
  ///
  /// @param groups of people that it judged by themselves, null for none
  void finish(EvalResult report, @Nullable PeopleGroups groups) {
    if (groups != null) {
      TextFile.write(groupsFile(), groups.fingerprint());
    }
    if (report.resampled() != null) {
      var draws = new StringBuilder();
      report
          .resampled()
          .figures()
          .forEach(
              (name, values) -> {
                draws.append(name);
                for (var value : values) {
                  draws.append(',').append((float) value);
                }
                draws.append('\n');
              });
      TextFile.write(resampledFile(), draws.toString());
    }
    var text = new StringBuilder(HEADER).append('\n');
    report
        .figures()
        .forEach((name, value) -> text.append(name).append(',').append(value).append('\n'));
    TextFile.write(figuresFile(), text.toString());
  }

  /// What an evaluation found.
  Map<String, Double> figures() {
    var csv = Csv.read(figuresFile(), AGAIN);
    var figures = new LinkedHashMap<String, Double>();
    csv.rows().forEach(row -> figures.put(csv.text(row, "figure"), csv.number(row, "value")));
    return figures;
  }

  /// The figures of people drawn again, a value a draw; none if that was not done.
  Map<String, double[]> resampled() {
    var figures = new LinkedHashMap<String, double[]>();
    if (Files.exists(resampledFile())) {
      for (var line : read(resampledFile()).lines().toList()) {
        var fields = line.split(",", -1);
        var values = new double[fields.length - 1];
        try {
          for (var i = 0; i < values.length; i++) {
            values[i] = Double.parseDouble(fields[i + 1]);
          }
        } catch (NumberFormatException e) {
          throw FacetException.data(
              resampledFile(), "not what an experiment writes (" + e.getMessage() + ")", AGAIN, e);
        }
        figures.put(fields[0], values);
      }
    }
    return figures;
  }

  /// Makes the folder with this configuration, or sees that it was made with the same one.
  ///
  /// @param defaults what a configuration means that lacks an option: it is of a version before it
  void open(Map<String, String> configuration, Map<String, String> defaults) {
    var file = folder.config();
    if (!Files.exists(file)) {
      folder.make();
      TextFile.write(file, Config.yaml(configuration));
      return;
    }
    var before = lines(read(file));
    var now = lines(Config.yaml(configuration));
    var then = lines(Config.yaml(defaults));
    then.keySet().retainAll(now.keySet());
    then.putAll(before);
    if (!then.equals(now)) {
      var changed =
          Stream.concat(now.keySet().stream(), then.keySet().stream())
              .filter(key -> !Objects.equals(then.get(key), now.get(key)))
              .findFirst()
              .orElseThrow();
      throw FacetException.usage(
          "%s was begun with other settings (%s differs); go on with the old ones, choose another"
              + " --name, or remove that folder.",
          folder.root(), changed);
    }
  }

  /// Sees that it is made of the same people and the same network as when it was begun, or notes
  /// them: results are compared, and options name only where those are found.
  ///
  /// @param inputs what tells them from others, by what they are
  void madeOf(Map<String, String> inputs) {
    var file = folder.root().resolve("inputs.yaml");
    var now = Config.yaml(inputs);
    if (!Files.exists(file)) {
      TextFile.write(file, now);
      return;
    }
    var before = lines(read(file));
    lines(now)
        .forEach(
            (what, line) -> {
              if (!line.equals(before.get(what))) {
                throw FacetException.usage(
                    "%s was begun with another %s; choose another --name, or remove that folder to"
                        + " train again.",
                    folder.root(), what);
              }
            });
  }

  /// The lines of a configuration by key.
  private static Map<String, String> lines(String yaml) {
    return yaml.lines()
        .collect(
            Collectors.toMap(
                line -> line.replaceFirst(":.*", ""),
                line -> line,
                (first, second) -> second,
                LinkedHashMap::new));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw FacetException.unreadable(file, "read", e);
    }
  }
}

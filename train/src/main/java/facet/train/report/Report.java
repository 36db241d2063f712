package facet.train.report;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import facet.train.run.RunFolder;
import facet.train.text.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Draws `report.html` from what is in the folder of a run, or of several runs to compare (the
/// demo's and an experiment's): nothing is computed again, so it can be drawn at any time.
public final class Report {
  /// How many levels below the folder runs may lie: `experiment/seed-1/arm`.
  private static final int DEPTH = 2;

  /// Labels of a single run; of several their names say more.
  private static final List<String> PLAIN = List.of("before", "after", "trained");

  private Report() {}

  /// What the folder holds.
  ///
  /// @param runs in the order in which they were evaluated
  /// @param evaluations the evaluations, in the order in which they were made
  record Content(String name, List<RunFacts> runs, List<ReportedEvaluation> evaluations) {}

  /// Draws the report of the run or runs in `folder`.
  ///
  /// @return the file
  public static Path write(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw FacetException.data(folder, "no such folder", "name a run's folder, such as runs/demo");
    }
    var all = runs(folder, DEPTH);
    // the seeds of an experiment look alike: its first one stands for all
    var runs =
        Files.exists(folder.resolve("table.csv"))
            ? all.stream()
                .filter(run -> run.getParent().equals(all.getFirst().getParent()))
                .toList()
            : all;
    var evaluations = new ArrayList<ReportedEvaluation>();
    var drawn = new ArrayList<RunFacts>();
    for (var run : runs) {
      var label = folder.equals(run) ? "loss" : folder.relativize(run).toString();
      var time = Double.MAX_VALUE; // after all that were evaluated
      // before each of several runs is what was after another
      for (var name : runs.size() == 1 ? List.of("before", "after") : List.of("after")) {
        var json = EvaluationFile.json(run, name);
        if (Files.exists(json)) {
          var evaluation = ReportedEvaluation.read(json);
          if (runs.size() > 1 && PLAIN.contains(evaluation.label())) {
            evaluation = evaluation.labelled(folder.relativize(run).toString());
          }
          evaluations.add(evaluation);
          label = evaluation.label();
          time = evaluation.time();
        }
      }
      drawn.add(new RunFacts(label, run, time, MetricCurves.read(new RunFolder(run).metrics())));
    }
    if (evaluations.isEmpty() && drawn.stream().allMatch(run -> run.curves().steps() == 0)) {
      throw FacetException.data(
          folder,
          "neither metrics.csv nor evaluations in it",
          "name the folder of a run of 'facet train' or 'facet demo'");
    }
    requireAlike(folder, evaluations);
    evaluations.sort(Comparator.comparingDouble(ReportedEvaluation::time));
    drawn.sort(Comparator.comparingDouble(RunFacts::time)); // the colours of both agree
    var file = folder.resolve("report.html");
    var name = folder.toAbsolutePath().normalize().getFileName().toString();
    TextFile.write(file, new Page(new Content(name, drawn, evaluations), folder).html());
    return file;
  }

  /// Charts of unlike sets beside each other would compare what cannot be compared.
  private static void requireAlike(Path folder, List<ReportedEvaluation> evaluations) {
    for (var evaluation : evaluations) {
      var first = evaluations.getFirst();
      if (!evaluation.measured().equals(first.measured())) {
        throw FacetException.data(
            folder,
            format(
                "its runs were evaluated on unlike sets: '%s' on %s; '%s' on %s",
                first.label(), first.measured(), evaluation.label(), evaluation.measured()),
            "report each of them alone, or evaluate both on the same");
      }
    }
  }

  /// The folder itself if it is a run's, else those below it.
  private static List<Path> runs(Path folder, int depth) {
    if (Files.exists(new RunFolder(folder).metrics())
        || Files.isDirectory(folder.resolve("eval"))) {
      return List.of(folder);
    }
    if (depth == 0) {
      return List.of();
    }
    try (Stream<Path> below = Files.list(folder)) {
      return below
          .filter(Files::isDirectory)
          .sorted()
          .flatMap(sub -> runs(sub, depth - 1).stream())
          .toList();
    } catch (IOException e) {
      throw FacetException.unreadable(folder, "listed", e);
    }
  }
}

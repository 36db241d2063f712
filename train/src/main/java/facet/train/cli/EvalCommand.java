package facet.train.cli;

import facet.tensor.Scope;
import facet.train.config.DataOptions;
import facet.train.config.DeviceOptions;
import facet.train.config.ModelOptions;
import facet.train.config.SearchOptions;
import facet.train.config.ValidationOptions;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.eval.Evaluation;
import facet.train.eval.PeopleGroups;
import facet.train.eval.Protocol;
import facet.train.eval.Roc;
import facet.train.eval.Similarities;
import facet.train.run.Console;
import facet.train.text.Json;
import facet.train.text.TextFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `facet eval`.
@Command(
    name = "eval",
    header = "Evaluates a trained network on faces.",
    description =
        "On pairs (accuracy in folds, TAR@FAR, margin, overlap; --pairs or all pairs of the"
            + " people), by identification (--gallery, --probes) or on IJB's --templates. TAR@FAR"
            + " takes the round(N FAR)-th highest of N negatives as threshold, accepted from"
            + " there.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class EvalCommand implements Runnable {
  private static final int ROC_POINTS = 2000;

  @Mixin private ModelOptions model = new ModelOptions();
  @Mixin private DataOptions data = new DataOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();
  @Mixin private SearchOptions search = new SearchOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(
      names = "--groups",
      paramLabel = "FILE|folders",
      description =
          "Judge the pairs within each group of people by themselves, too, and how the groups"
              + " differ: lines 'person group', or the sub-folders that images lie in.")
  private @Nullable String groups;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write every figure to this file, too; - is standard output.")
  private @Nullable Path json;

  @Option(
      names = "--roc",
      paramLabel = "FILE",
      description = "Write the ROC curves: .csv (set, far, tar, threshold-cosine) or .json.")
  private @Nullable Path roc;

  private Console console = Console.standard();
  private Consumer<String> figuresTo = text -> TextFile.write(Objects.requireNonNull(json), text);

  @Override
  public void run() {
    if (roc != null && !roc.toString().matches(".*\\.(csv|json)")) {
      throw FacetException.usage("--roc is %s, expected a name in .csv or .json.", roc);
    }
    if (json != null && json.equals(Path.of("-"))) {
      printFiguresOnly();
    } else {
      evaluate();
    }
  }

  /// Leaves standard output to the figures; what people read goes to standard error.
  private void printFiguresOnly() {
    var out = System.out;
    System.setOut(System.err);
    try {
      console = Console.standard();
      figuresTo = out::print;
      evaluate();
    } finally {
      System.setOut(out);
    }
  }

  private void evaluate() {
    var name = json == null ? null : json.getFileName();
    if (json != null && (name == null || !name.toString().matches("[^.]+|.*\\.json"))) {
      throw FacetException.usage("--json is " + json + ", expected a name in .json.");
    }
    var faces = data.faces(model.size(), device, console);
    var protocols = protocols(faces);
    protocols.forEach(protocol -> TrainedPeople.warn(model.checkpoint, protocol, faces));
    var figures = new LinkedHashMap<String, Object>();
    var distributions = new LinkedHashMap<String, Similarities>();
    try (var backend = device.open();
        var scope = Scope.on(backend)) {
      var evaluation =
          new Evaluation(
                  model.embedder(backend, scope),
                  (done, total) -> console.progress("Evaluating", done, total))
              .grouped(groups == null ? null : PeopleGroups.named(groups));
      for (var protocol : protocols) {
        var found = evaluation.run(protocol);
        console.line(found.text());
        figures.putAll(found.figures());
        distributions.putAll(found.distributions());
      }
    }
    if (json != null) {
      figuresTo.accept(Json.text(figures));
    }
    if (roc != null) {
      writeRoc(roc, distributions);
    }
  }

  /// Those that the options name; all pairs of the people if they name none.
  private List<Protocol> protocols(Faces faces) {
    var named = new ArrayList<Protocol>();
    var searched = search.search(data, faces);
    if (searched != null) {
      named.add(searched);
    }
    var templates = search.templates(data, faces);
    if (templates != null) {
      named.add(templates);
    }
    if (!named.isEmpty()) {
      return named;
    }
    var pairs = validation.open(data, faces);
    return List.of(pairs != null ? pairs : new Protocol.AllPairsOf("faces", data.open(faces)));
  }

  private static void writeRoc(Path file, Map<String, Similarities> distributions) {
    var csv = new StringBuilder("set,far,tar,threshold-cosine\n");
    var points = new LinkedHashMap<String, Object>();
    distributions.forEach(
        (name, similarities) -> {
          var curve = Roc.of(similarities, ROC_POINTS);
          csv.append(curve.csv(name));
          points.put(name, curve.json());
        });
    TextFile.write(file, file.toString().endsWith(".csv") ? csv.toString() : Json.text(points));
  }
}

package facet.train.cli;

import facet.tensor.Scope;
import facet.train.config.DataOptions;
import facet.train.config.DeviceOptions;
import facet.train.config.ModelOptions;
import facet.train.config.SearchOptions;
import facet.train.config.ValidationOptions;
import facet.train.data.FaceDataset;
import facet.train.data.source.Faces;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.Embedder;
import facet.train.eval.EvalResult;
import facet.train.eval.Evaluation;
import facet.train.eval.Identification;
import facet.train.eval.Roc;
import facet.train.eval.Similarities;
import facet.train.eval.TemplateResult;
import facet.train.eval.TemplateSet;
import facet.train.run.Console;
import facet.train.text.Json;
import facet.train.text.TextFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `facet eval`.
@Command(
    name = "eval",
    description = {
      "Evaluates a trained network: pairs (accuracy in folds, TAR@FAR, margin, overlap; --pairs or",
      "all pairs of the people), identification (--gallery, --probes) or IJB's --templates.",
      "TAR@FAR takes the round(N FAR)-th highest of N negatives as threshold, accepted from there."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class EvalCommand implements Callable<Integer> {
  private static final int ROC_POINTS = 2000;

  @Mixin private ModelOptions model = new ModelOptions();
  @Mixin private DataOptions data = new DataOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();
  @Mixin private SearchOptions search = new SearchOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write every figure to this file, too.")
  private @Nullable Path json;

  @Option(
      names = "--roc",
      paramLabel = "FILE",
      description = "Write the ROC curves: .csv (set, far, tar, threshold) or .json.")
  private @Nullable Path roc;

  private final Console console = Console.standard();

  @Override
  public Integer call() {
    if (roc != null && !roc.toString().matches(".*\\.(csv|json)")) {
      throw FacetException.usage(
          String.format(Locale.ROOT, "--roc is %s, expected a name in .csv or .json.", roc));
    }
    var faces = data.faces(model.size(), device, console);
    var identification = search.search(data, faces);
    var templates = search.templates(data);
    var pairs = identification == null && templates == null ? openPairs(faces) : null;
    try (var backend = device.open();
        var scope = Scope.on(backend)) {
      var embedder = model.embedder(backend, scope);
      if (pairs != null) {
        verify(pairs, embedder);
      }
      if (identification != null) {
        identify(identification, embedder);
      }
      if (templates != null) {
        compare(templates, embedder, faces);
      }
    }
    return ExitCode.OK.code();
  }

  private ValidationOptions.Data openPairs(Faces faces) {
    var opened = validation.open(data, faces);
    return opened != null ? opened : new ValidationOptions.Data("faces", data.open(faces), null);
  }

  private IntConsumer progress(FaceDataset images) {
    return done -> console.progress("Evaluating", done, images.size());
  }

  private void verify(ValidationOptions.Data pairs, Embedder embedder) {
    var evaluation = new Evaluation(embedder, progress(pairs.images()));
    EvalResult report = pairs.evaluate(evaluation);
    report.logLines(0).forEach(console::line);
    console.line(report.table());
    if (json != null) {
      TextFile.write(json, report.json());
    }
    writeRoc(report.groups());
  }

  private void identify(SearchOptions.Search sets, Embedder embedder) {
    var gallery = embedder.embed(sets.gallery(), progress(sets.gallery()));
    var figures = new LinkedHashMap<String, Object>();
    var found = new LinkedHashMap<String, Identification>();
    for (var set : sets.probes().entrySet()) {
      var probes = embedder.embed(set.getValue(), progress(set.getValue()));
      var result =
          Identification.of(gallery, people(sets.gallery()), probes, people(set.getValue()));
      found.put(set.getKey(), result);
      figures.putAll(result.figures(set.getKey()));
    }
    console.line(Identification.table(found));
    if (json != null) {
      TextFile.write(json, Json.text(figures));
    }
  }

  private static List<String> people(FaceDataset images) {
    return IntStream.range(0, images.size()).mapToObj(i -> images.item(i).name()).toList();
  }

  private void compare(TemplateSet set, Embedder embedder, Faces faces) {
    var images = faces.cached("templates", set.images());
    if (images.size() != set.images().size()) {
      throw FacetException.usage("--skip-corrupt does not go with --templates.");
    }
    var features = embedder.features(images, progress(images));
    var report = TemplateResult.of(set, features, embedder.dim());
    console.line(report.table());
    if (json != null) {
      TextFile.write(json, Json.text(report.figures()));
    }
    writeRoc(Map.of("templates", report.similarities()));
  }

  private void writeRoc(Map<String, Similarities> sets) {
    if (roc == null) {
      return;
    }
    var csv = new StringBuilder("set,far,tar,threshold\n");
    var points = new LinkedHashMap<String, Object>();
    sets.forEach(
        (name, similarities) -> {
          var curve = Roc.of(similarities, ROC_POINTS);
          csv.append(curve.csv(name));
          points.put(name, curve.json());
        });
    TextFile.write(roc, roc.toString().endsWith(".csv") ? csv.toString() : Json.text(points));
  }
}

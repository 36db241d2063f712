package facet.train.demo;

import facet.tensor.Backend;
import facet.train.config.DeviceOptions;
import facet.train.config.TrainOptions;
import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.Subset;
import facet.train.data.image.ContactSheet;
import facet.train.data.source.Faces;
import facet.train.data.synthetic.SyntheticFaces;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.AllPairs;
import facet.train.eval.Embedder;
import facet.train.eval.EvalResult;
import facet.train.eval.Evaluation;
import facet.train.eval.Figure;
import facet.train.eval.Protocol;
import facet.train.report.EvaluationFile;
import facet.train.report.Report;
import facet.train.run.Console;
import facet.train.run.Interrupt;
import facet.train.run.RunFolder;
import facet.train.text.Table;
import facet.train.training.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Shows the whole method on invented faces: pretrains a small network with ArcFace, fine-tunes it
/// with and without the Distribution Distillation Loss, and compares the three on people that they
/// have never seen.
public final class Demo {
  private static final int SIZE = 40;
  private static final int SHEET_SIZE = 96;
  private static final int SHEET_PEOPLE = 8;
  private static final int SHEET_EACH = 5;

  /// How much is trained.
  private record Scale(
      int people,
      int easy,
      int hard,
      int unseen,
      int width,
      int epochs,
      int fineTuning,
      int branch) {
    static final Scale FULL = new Scale(200, 8, 6, 60, 16, 12, 4, 24);
    static final Scale QUICK = new Scale(48, 4, 4, 24, 8, 2, 1, 16);
  }

  private final Scale scale;
  private final long seed;
  private final Path output;
  private final DeviceOptions device;
  private final Interrupt interrupt;
  private final Console console;

  /// @param quick a much shorter run that only shows that all works
  /// @param seed decides faces and weights
  /// @param output where the run folder is made
  public Demo(
      boolean quick,
      long seed,
      Path output,
      DeviceOptions device,
      Interrupt interrupt,
      Console console) {
    this.scale = quick ? Scale.QUICK : Scale.FULL;
    this.seed = seed;
    this.output = output;
    this.device = device;
    this.interrupt = interrupt;
    this.console = console;
  }

  /// Runs it.
  public ExitCode run() {
    var start = System.nanoTime();
    var folder = RunFolder.numbered(output, "demo");
    console.line("Run folder: " + folder);
    var all = new SyntheticFaces(seed, scale.people + scale.unseen, scale.easy, scale.hard, SIZE);
    drawSheet(all, folder.resolve("faces.png"));
    var cores = Math.max(1, Runtime.getRuntime().availableProcessors());
    var faces =
        new Faces(
            SIZE,
            0,
            false,
            cores,
            console::line,
            (done, n) -> console.progress("Drawing faces", done, n));
    var known = faces.cached("Training faces", part(all.dataset(), 0, scale.people));
    var unseen =
        faces.cached(
            "Unseen people", part(all.dataset(), scale.people, scale.people + scale.unseen));
    try (var backend = device.open()) {
      interrupt.watch(Interrupt.SAVES);
      var setting = new Setting(known, unseen, backend, interrupt);
      var results = new LinkedHashMap<String, EvalResult>();
      var pretrained = folder.resolve("pretrain");
      train(
          setting,
          "pretrained with ArcFace",
          new RunFolder(pretrained),
          pretraining(scale),
          results);
      var base = new RunFolder(pretrained).checkpoint("last");
      train(
          setting,
          "+ fine-tuning without DDL",
          new RunFolder(folder.resolve("without-ddl")),
          fineTuning(scale, base, "head"),
          results);
      train(
          setting,
          "+ fine-tuning with DDL",
          new RunFolder(folder.resolve("with-ddl")),
          fineTuning(scale, base, "ddl"),
          results);
      if (interrupt.raised()) {
        return ExitCode.INTERRUPTED;
      }
      console.line("");
      console.line(table(results));
      var seconds = (System.nanoTime() - start) * 1e-9;
      console.line(
          "Done in %s. The faces: %s", Console.duration(seconds), folder.resolve("faces.png"));
      console.line("The report: " + Report.write(folder));
    }
    return ExitCode.OK;
  }

  private record Setting(
      FaceDataset known, FaceDataset unseen, Backend backend, Interrupt interrupt) {}

  private void train(
      Setting setting,
      String name,
      RunFolder folder,
      TrainOptions options,
      Map<String, EvalResult> results) {
    if (setting.interrupt.raised()) {
      return;
    }
    console.line("");
    console.line("== " + name);
    folder.make();
    try (var run = new TrainingRun(options, setting.known, setting.backend, console)) {
      console.line(run.describe());
      var outcome =
          run.run(folder, embedder -> evaluate(embedder, setting), setting.interrupt::raised);
      if (outcome.report() != null) {
        results.put(name, outcome.report());
        EvaluationFile.write(folder.root(), "after", name, outcome.report(), setting.unseen, SIZE);
      }
    }
  }

  private EvalResult evaluate(Embedder embedder, Setting setting) {
    return Evaluation.watched(embedder, setting.interrupt, console)
        .verify(new Protocol.AllPairsOf("unseen", setting.unseen));
  }

  private TrainOptions pretraining(Scale scale) {
    var options = new TrainOptions();
    options.network.width = scale.width;
    options.network.size = SIZE;
    options.network.embedding = 128;
    options.network.dropout = 0.1;
    options.loss.scale = 24;
    options.loss.branch.size = scale.branch;
    options.optimizer.epochs = scale.epochs;
    options.optimizer.batchSize = 64;
    options.optimizer.warmup = 1;
    options.run.seed = seed;
    options.run.evalEvery = 0;
    return options;
  }

  private TrainOptions fineTuning(Scale scale, @Nullable Path init, String loss) {
    var options = pretraining(scale);
    options.run.init = init;
    options.loss.loss = loss;
    options.optimizer.epochs = scale.fineTuning;
    options.optimizer.lr = 0.01;
    options.optimizer.warmup = 0;
    return options;
  }

  /// The people `from ≤ person < to` of `data`, numbered from 0.
  private static FaceDataset part(FaceDataset data, int from, int to) {
    return Subset.of(data, person -> from <= person && person < to, domain -> true);
  }

  private static void drawSheet(SyntheticFaces faces, Path png) {
    var images = new ArrayList<byte[]>();
    for (var person = 0; person < SHEET_PEOPLE; person++) {
      for (var domain : Domain.values()) {
        for (var i = 0; i < Math.min(SHEET_EACH, faces.samples(domain)); i++) {
          var rgb = new byte[SHEET_SIZE * SHEET_SIZE * 3];
          faces.render(person, domain, i, SHEET_SIZE, rgb);
          images.add(rgb);
        }
      }
    }
    var columns = images.size() / SHEET_PEOPLE;
    try {
      ContactSheet.write(png, columns, images, SHEET_SIZE);
    } catch (IOException e) {
      throw FacetException.disk(png, "free space", e);
    }
  }

  private static String table(Map<String, EvalResult> results) {
    var figures =
        List.of(Figure.ACCURACY, Figure.TAR_1E1, Figure.TAR_1E2, Figure.MARGIN, Figure.OVERLAP);
    var table =
        new Table(
            List.of("People never seen in training", "pairs"), figures.stream().map(Figure::title));
    for (var kind : AllPairs.Kind.values()) {
      results.forEach(
          (name, result) -> {
            var similarities = result.domains().get(kind);
            if (similarities != null) {
              table.row(
                  List.of(name, kind.label()),
                  figures.stream().map(figure -> figure.text(similarities, null)));
            }
          });
    }
    return table.plain(2);
  }
}

package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.kernels.cpu.CpuBackend;
import facet.train.config.TrainOptions;
import facet.train.data.FaceDataset;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.eval.Embedder;
import facet.train.eval.EvalResult;
import facet.train.eval.Evaluation;
import facet.train.eval.Protocol;
import facet.train.run.Checkpoint;
import facet.train.run.FolderLock;
import facet.train.run.Quiet;
import facet.train.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever ends a run, the steps that it took are on the disk, and going on from there gives what
/// an unbroken run gives.
class NothingLostTest {
  private static final int STEPS = 10; // two epochs of five

  @TempDir private Path temp;

  private static TrainOptions options() {
    var options = Tiny.options();
    options.optimizer.epochs = 2;
    options.optimizer.batchSize = 8;
    options.run.evalEvery = 1;
    return options;
  }

  private static EvalResult evaluate(Embedder embedder) {
    return new Evaluation(embedder, (done, total) -> {})
        .verify(new Protocol.AllPairsOf("faces", Tiny.FACES));
  }

  private static void train(
      FaceDataset data,
      RunFolder folder,
      boolean resume,
      @Nullable Function<Embedder, EvalResult> evaluation,
      BooleanSupplier interrupted) {
    var console = Quiet.console();
    try (var backend = new CpuBackend(1);
        var run = new TrainingRun(options(), data, backend, console)) {
      if (resume) {
        run.resume(folder);
      }
      run.run(folder, evaluation, interrupted);
    }
  }

  private RunFolder unbroken() {
    var folder = RunFolder.create(temp, "unbroken");
    train(Tiny.FACES, folder, false, NothingLostTest::evaluate, () -> false);
    return folder;
  }

  private static void expectSame(RunFolder folder, RunFolder unbroken) throws IOException {
    for (var name : new String[] {"last", "best"}) {
      assertThat(folder.checkpoint(name)).hasSameBinaryContentAs(unbroken.checkpoint(name));
    }
    assertThat(curves(folder)).hasSize(1 + STEPS).isEqualTo(curves(unbroken));
  }

  /// Losses, rates, gradients and scores: all but times.
  private static List<String> curves(RunFolder folder) throws IOException {
    return Files.readAllLines(folder.metrics()).stream()
        .map(row -> List.of(row.split(",", -1)))
        .map(row -> row.subList(0, 5) + " " + row.getLast())
        .toList();
  }

  private static ResumePoint point(RunFolder folder) {
    var last = folder.checkpoint("last");
    return ResumePoint.of(Checkpoint.header(last), last);
  }

  /// A kill -9, running out of memory or a bad image there look the same to the disk.
  @Test
  void theStepsBeforeAnEvaluationAreSavedBeforeIt() throws IOException {
    var folder = RunFolder.create(temp, "killed");
    assertThatThrownBy(
            () ->
                train(
                    Tiny.FACES,
                    folder,
                    false,
                    embedder -> {
                      throw new OutOfMemoryError("Java heap space");
                    },
                    () -> false))
        .isInstanceOf(OutOfMemoryError.class);
    assertThat(point(folder)).isEqualTo(new ResumePoint(5, Double.NEGATIVE_INFINITY, 0, true));
    train(Tiny.FACES, folder, true, NothingLostTest::evaluate, () -> false);
    assertThat(point(folder).evaluationPending()).isFalse();
    expectSame(folder, unbroken());
  }

  @Test
  void anInterruptedEvaluationIsMadeWhenTheRunGoesOn() throws IOException {
    for (var at = 1; at <= 2; at++) { // of the first epoch, and of the last step
      var folder = RunFolder.create(temp, "interrupted");
      var evaluations = new AtomicInteger(3 - at);
      train(
          Tiny.FACES,
          folder,
          false,
          embedder -> {
            if (evaluations.incrementAndGet() == 3) {
              throw new FacetException(ExitCode.INTERRUPTED, "Interrupted while evaluating.");
            }
            return evaluate(embedder);
          },
          () -> false);
      assertThat(point(folder).step()).isEqualTo(5L * at);
      assertThat(point(folder).evaluationPending()).isTrue();
      train(Tiny.FACES, folder, true, NothingLostTest::evaluate, () -> false);
      expectSame(folder, RunFolder.of(unbroken().root()));
    }
  }

  @Test
  void imagesThatGoBadInMidRunEndItWithACheckpoint() throws IOException {
    var folder = RunFolder.create(temp, "bad");
    var loads = new AtomicInteger();
    var goesBad =
        new facet.train.data.GeneratedFaces(
            java.util.stream.IntStream.range(0, Tiny.FACES.size())
                .mapToObj(Tiny.FACES::item)
                .toList(),
            (index, size, rgb) -> {
              if (loads.incrementAndGet() > 60) { // in the eighth batch
                throw FacetException.data("a.png", "the file is empty", "replace or remove it");
              }
              Tiny.FACES.load(index, size, rgb);
            });
    assertThatThrownBy(() -> train(goesBad, folder, false, null, () -> false))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DATA))
        .hasMessageContaining("a.png: the file is empty")
        .hasMessageContaining("The 7 steps before are saved");
    assertThat(point(folder).step()).isEqualTo(7);
  }

  @Test
  void aRunWhoseFolderIsGoneStops() throws IOException {
    var folder = RunFolder.create(temp, "gone");
    try (var _ = FolderLock.of(folder.root())) {
      var steps = new AtomicInteger();
      assertThatThrownBy(
              () ->
                  train(
                      Tiny.FACES,
                      folder,
                      false,
                      null,
                      () -> {
                        if (steps.incrementAndGet() == 2) {
                          move(folder.root(), temp.resolve("elsewhere"));
                          RunFolder.create(temp, "gone"); // by a second run
                        }
                        return false;
                      }))
          .isInstanceOfSatisfying(
              FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DISK))
          .hasMessageContaining("gone: the folder was deleted or moved");
      assertThat(folder.checkpoint("last")).doesNotExist();
    }
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}

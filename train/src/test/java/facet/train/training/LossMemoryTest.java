package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.cpu.CpuBackend;
import facet.nn.io.SafetensorsReader;
import facet.train.config.TrainOptions;
import facet.train.run.Checkpoint;
import facet.train.run.Quiet;
import facet.train.run.RunFolder;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a loss remembers from step to step is part of the run's state.
class LossMemoryTest {
  @TempDir private Path temp;

  private static TrainOptions options(String teacher) {
    var options = Tiny.options();
    options.loss.loss = "ddl";
    options.loss.ddlQueue = 6;
    options.loss.ddlTeacher = teacher;
    options.optimizer.epochs = 4;
    options.run.evalEvery = 0;
    return options;
  }

  private static Trainer.Outcome train(
      String teacher, RunFolder folder, boolean resume, BooleanSupplier interrupted) {
    var console = Quiet.console();
    try (var backend = new CpuBackend(1);
        var run = new TrainingRun(options(teacher), Tiny.FACES, backend, console)) {
      if (resume) {
        run.resume(folder);
      }
      return run.run(folder, null, interrupted);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"live", "frozen"})
  void aRunThatIsInterruptedEqualsOneThatIsNot(String teacher) throws Exception {
    var whole = RunFolder.create(temp, "whole");
    train(teacher, whole, false, () -> false);
    var parts = RunFolder.create(temp, "parts");
    var asked = new AtomicInteger();
    var lessons = teacher.equals("frozen") ? 1000 : 0;
    assertThat(
            train(teacher, parts, false, () -> asked.incrementAndGet() > lessons + 4).interrupted())
        .isTrue();
    var stopped = Checkpoint.header(parts.checkpoint("last")).get("step");
    assertThat(stopped).isEqualTo("5"); // in the middle: the queue is full and goes on turning
    train(teacher, parts, true, () -> false);
    assertThat(parts.checkpoint("last")).hasSameBinaryContentAs(whole.checkpoint("last"));
    try (var reader = SafetensorsReader.open(whole.checkpoint("last"))) {
      assertThat(reader.floats("loss.queue")).hasSize(4 * 6).doesNotContain(-2);
      assertThat(reader.floats("loss.teacher")).hasSize(4 * lessons).doesNotContain(-2);
    }
  }

  /// The teacher sees all of its pairs before the first step, or none is taken.
  @Test
  void anInterruptBeforeTheFirstStepSavesNothing() {
    var folder = RunFolder.create(temp, "early");
    var asked = new AtomicInteger();
    assertThat(train("frozen", folder, false, () -> asked.incrementAndGet() > 3).interrupted())
        .isTrue();
    assertThat(folder.checkpoint("last")).doesNotExist();
  }
}

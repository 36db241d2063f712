package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.cpu.CpuBackend;
import facet.tensor.Backend;
import facet.train.config.TrainOptions;
import facet.train.data.FaceDataset;
import facet.train.data.synthetic.SyntheticFaces;
import facet.train.run.Console;
import facet.train.run.RunFolder;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a run does to memory and to the loss.
class TrainStepTest {
  @TempDir private Path temp;

  private static final FaceDataset FACES = new SyntheticFaces(2, 12, 5, 3, 24).dataset();

  private static TrainOptions options(String loss, int epochs) {
    var options = new TrainOptions();
    options.loss.loss = loss;
    options.network.width = 8;
    options.network.depths = "1,1,1";
    options.network.size = 24;
    options.network.embedding = 32;
    options.network.dropout = 0.0;
    options.loss.scale = 16;
    options.optimizer.epochs = epochs;
    options.optimizer.warmup = 0;
    options.augmentation.shift = 0;
    options.optimizer.batchSize = 24;
    options.loss.ddlBranch = 4;
    return options;
  }

  private RunFolder train(TrainOptions options, Backend backend, String name) {
    var console =
        new Console(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), false);
    var folder = RunFolder.create(temp, name);
    try (var run = new TrainingRun(options, FACES, backend, console)) {
      run.run(folder, null, () -> false);
    }
    return folder;
  }

  @Test
  void longerRunsAllocateNothingMoreAndGiveAllBack() {
    for (var loss : List.of("arcface", "ddl")) {
      long shortRun;
      try (var backend = new CpuBackend(2)) {
        train(options(loss, 1), backend, loss);
        shortRun = backend.pool().allocations();
        assertThat(backend.pool().live()).isZero();
        assertThat(backend.intPool().live()).isZero();
      }
      try (var backend = new CpuBackend(2)) {
        train(options(loss, 5), backend, loss);
        assertThat(backend.pool().allocations()).as(loss).isEqualTo(shortRun);
      }
    }
  }

  @Test
  void theLossFalls() throws Exception {
    try (var backend = new CpuBackend(2)) {
      var rows =
          Files.readAllLines(train(options("arcface", 12), backend, "falls").metrics()).stream()
              .skip(1)
              .mapToDouble(row -> Double.parseDouble(row.split(",")[2]))
              .toArray();
      assertThat(rows[rows.length - 1]).isLessThan(0.5 * rows[0]);
    }
  }

  @Test
  void oneAndTwoThreadsAgree() throws Exception {
    var last = new double[2];
    for (var threads = 1; threads <= 2; threads++) {
      try (var backend = new CpuBackend(threads)) {
        var rows = Files.readAllLines(train(options("ddl", 1), backend, "t").metrics());
        last[threads - 1] = Double.parseDouble(rows.getLast().split(",")[2]);
      }
    }
    assertThat(last[1]).isCloseTo(last[0], org.assertj.core.data.Percentage.withPercentage(0.1));
  }
}

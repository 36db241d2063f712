package facet.train.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.kernels.cuda.CudaBackend;
import facet.kernels.cuda.CudaTest;
import facet.kernels.cuda.TestDriver;
import facet.train.Main;
import facet.train.config.TrainOptions;
import facet.train.data.synthetic.SyntheticFaces;
import facet.train.run.Quiet;
import facet.train.run.RunFolder;
import facet.train.training.TrainingRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Training on a GPU, from the command line to the checkpoint.
@CudaTest
class CudaTrainingTest {
  @TempDir private static Path shared;
  @TempDir private Path temp;

  @BeforeAll
  static void drawFaces() throws IOException {
    DrawnFaces.draw(shared, 4);
  }

  /// Runs a command that must succeed; returns what it prints.
  private static String facet(List<?> arguments) {
    var out = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      assertThat(Main.run(arguments.stream().map(String::valueOf).toArray(String[]::new))).isZero();
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /// Trains a very small network; returns the losses of its steps.
  private List<Double> losses(String device, String precision, String loss) throws IOException {
    var arguments = new ArrayList<Object>(List.of("train", "--device", device, "--loss", loss));
    arguments.addAll(List.of("--data", shared, "--size", 16, "--width", 4, "--depths", "1,1"));
    arguments.addAll(List.of("--embedding", 8));
    arguments.addAll(
        loss.equals("ddl")
            ? List.of("--ddl-branch", 4, "--log-gradients")
            : List.of("--batch-size", 8));
    arguments.addAll(List.of("--epochs", 4, "--max-steps", 6, "--warmup", 0, "--lr", 0.01));
    var name = device + precision + loss;
    arguments.addAll(List.of("--threads", 1, "--output", temp, "--name", name));
    if (!device.equals("cpu")) {
      arguments.addAll(List.of("--precision", precision));
    }
    assertThat(facet(arguments)).contains("; on " + device);
    var run = temp.resolve(name);
    assertThat(run.resolve("checkpoints/last.safetensors")).isNotEmptyFile();
    var rows = Files.readAllLines(run.resolve("metrics.csv"));
    var column = Arrays.asList(rows.getFirst().split(",")).indexOf("loss");
    return rows.stream().skip(1).map(row -> Double.valueOf(row.split(",")[column])).toList();
  }

  @Test
  void theLossCurveIsThatOfTheCpu() throws IOException {
    for (var loss : List.of("arcface", "ddl")) {
      var expected = losses("cpu", "fp32", loss);
      assertClose(losses("cuda:0", "fp32", loss), expected, 0.1);
      assertClose(losses("cuda:0", "bf16", loss), expected, 3);
    }
  }

  /// With the products of GPUs before compute capability 9.0.
  @Test
  void theLossCurveOnAnOlderGpu(@Nullable TestDriver driver) throws IOException {
    assumeTrue(driver != null, "a real device has the capability that it has");
    var expected = losses("cpu", "fp32", "arcface");
    requireNonNull(driver).capability(86);
    assertClose(losses("cuda:0", "bf16", "arcface"), expected, 3);
  }

  private static void assertClose(List<Double> actual, List<Double> expected, double percent) {
    assertThat(actual).hasSameSizeAs(expected).hasSizeGreaterThan(3);
    for (var i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i)).isCloseTo(expected.get(i), Percentage.withPercentage(percent));
    }
  }

  @Test
  void longerRunsAllocateNothingMoreOnTheDevice() {
    assertThat(allocations(4)).isEqualTo(allocations(2));
  }

  private long allocations(int epochs) {
    var options = new TrainOptions();
    options.loss.loss = "ddl";
    options.network.width = 4;
    options.network.depths = "1,1";
    options.network.size = 16;
    options.network.embedding = 8;
    options.network.dropout = 0.4;
    options.loss.scale = 16;
    options.optimizer.epochs = epochs;
    options.optimizer.warmup = 0;
    options.augmentation.shift = 0;
    options.optimizer.batchSize = 8;
    options.loss.branch.size = 4;
    options.loss.logGradients = true;
    options.loss.lossWeight = 1.0;
    options.optimizer.lr = 0.01;
    var console = Quiet.console();
    var faces = new SyntheticFaces(2, 4, 3, 3, 16).dataset();
    try (var backend = new CudaBackend(0, Precision.FP32, KernelChoice.HANDWRITTEN)) {
      try (var run = new TrainingRun(options, faces, backend, console)) {
        run.run(RunFolder.create(temp, "steady"), null, () -> false);
      }
      assertThat(backend.pool().live()).isZero();
      assertThat(backend.intPool().live()).isZero();
      return backend.allocations();
    }
  }

  @Test
  void doctorFindsTheDevice() {
    assertThat(facet(List.of("doctor"))).containsPattern("cuda +available: .*compute capability");
  }
}

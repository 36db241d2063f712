package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.kernels.cpu.CpuBackend;
import facet.nn.NetworkSpec;
import facet.nn.ranks.Alone;
import facet.nn.ranks.Shards;
import facet.train.config.TrainOptions;
import facet.train.data.FaceDataset;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.run.Console;
import facet.train.run.Quiet;
import facet.train.run.RunFolder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StepMemoryTest {
  private static final FaceDataset FACES = Tiny.drawn(12, 5, 3, 32);

  @TempDir private Path temp;

  private static TrainOptions options(String loss) {
    var options = new TrainOptions();
    options.loss.loss = loss.equals("adamw") ? "arcface" : loss;
    options.optimizer.optimizer = loss.equals("adamw") ? "adamw" : "sgd";
    options.loss.branch.size = 6;
    options.network.width = 16;
    options.network.depths = "1,2,1";
    options.network.size = 32;
    options.network.embedding = 64;
    options.optimizer.epochs = 1;
    options.optimizer.batchSize = 48;
    options.run.maxSteps = 2;
    return options;
  }

  private static StepMemory of(String loss, NetworkSpec spec, int branches) {
    return of(loss, spec, branches, 1);
  }

  private static StepMemory of(String loss, NetworkSpec spec, int branches, int parts) {
    return new StepMemory(options(loss), spec, 12, branches, parts, 4, 64, null);
  }

  /// The dry step takes what the real one takes from its pools, with each kind of loss.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "arcface",
        "curricularface",
        "adaface",
        "magface",
        "ddl",
        "histogram",
        "triplet",
        "adamw"
      })
  void foreseesWhatAStepTakes(String loss) {
    var options = options(loss);
    var branches = List.of("ddl", "histogram", "triplet").contains(loss) ? 2 : 0;
    foresees(options, branches, of(loss, options.network(), branches), "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"arcface", "curricularface", "ddl", "adamw"})
  void foreseesWhatAStepOnShardsTakes(String loss) {
    var o = options(loss);
    o.optimizer.shards = 3;
    var branches = loss.equals("ddl") ? 2 : 0;
    var shards = new Shards(new Alone(), 3);
    var memory = new StepMemory(o, o.network(), 12, branches, 1, 4, 64, shards);
    foresees(o, branches, memory, "");
  }

  /// Runs two steps, whose memory must be what was foreseen, at most twice as much.
  private void foresees(TrainOptions options, int branches, StepMemory memory, String description) {
    try (var backend = new CpuBackend(1);
        var run = new TrainingRun(options, FACES, backend, Quiet.console())) {
      assertThat(run.describe()).contains(description);
      run.run(RunFolder.create(temp, "run"), null, () -> false);
      run.embedder().embed(FACES, done -> {});
      var images = branches > 0 ? 36 : 48;
      var foreseen = memory.bytes(branches > 0 ? 6 : 48);
      var taken = 4 * (backend.pool().allocatedElements() + backend.intPool().allocatedElements());
      var beside = (16L << 20) + 4L * images * 32 * 32 * 3 * 4;
      assertThat(foreseen - beside).isBetween(taken, 2 * taken);
    }
  }

  @Test
  void inPartsABatchTakesTheMemoryOfAPartAndTheSums() {
    var options = options("arcface");
    options.optimizer.accumulate = 5; // of 9 or 10 images
    var memory = of("arcface", options.network(), 0, 5);
    foresees(options, 0, memory, "48 images in 5 parts an epoch");
    var large = NetworkSpec.named("iresnet50");
    assertThat(of("arcface", large, 0, 8).bytes(256))
        .isLessThan(of("arcface", large, 0, 1).bytes(256) / 4);
    assertThatThrownBy(() -> of("arcface", large, 0).require(256, 0, 8L << 30))
        .hasMessageMatching(
            ".* is --batch-size \\d+; or keep --batch-size 256, with --accumulate 4\\.");
    of("arcface", large, 0, 4).require(256, 0, 8L << 30);
  }

  @Test
  void aBatchThatCannotFitIsRefusedWithTheLargestThatDoes() {
    var spec = NetworkSpec.named("iresnet50");
    var memory = of("arcface", spec, 0);
    var heap = 8L << 30;
    memory.require(32, 0, heap);
    assertThatThrownBy(() -> memory.require(512, 0, heap))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DEVICE))
        .hasMessageContaining("Training with --batch-size 512 needs")
        .hasMessageContaining("8.00 GiB are there")
        .satisfies(
            e -> {
              var largest =
                  Integer.parseInt(e.getMessage().replaceAll(".*is --batch-size (\\d+);.*", "$1"));
              memory.require(largest, 0, heap);
              assertThatThrownBy(() -> memory.require(largest + 1, 0, heap))
                  .isInstanceOf(FacetException.class);
            });
    assertThatThrownBy(() -> of("ddl", spec, 2).require(100, 0, heap))
        .hasMessageContaining("the largest that fits is --ddl-branch ");
    assertThatThrownBy(() -> memory.require(1, 0, 1 << 20))
        .hasMessageContaining("not even the smallest fits");
  }

  /// Not one that would be refused, as of fewer images than shards, or of one pair.
  @ParameterizedTest
  @CsvSource({"arcface, 0, 48", "ddl, 2, 6"})
  void theLargestThatFitsCanBeAskedFor(String loss, int branches, int batch) {
    var o = options(loss);
    o.optimizer.shards = 12;
    var shards = new Shards(new Alone(), 12);
    var memory = new StepMemory(o, o.network(), 12, branches, 1, 4, 64, shards);
    var least = branches == 0 ? 12 : 2; // 3 x 2 x 2 images
    assertThatThrownBy(() -> memory.require(batch, 0, memory.bytes(least) - 1))
        .hasMessageContaining("not even the smallest fits");
    assertThatThrownBy(() -> memory.require(batch, 0, memory.bytes(least)))
        .hasMessageMatching(".*the largest that fits is --\\S+ " + least + "\\D*");
  }

  /// A set that says it has more people.
  private record ManyPeople(FaceDataset faces, int identities) implements FaceDataset {
    @Override
    public int size() {
      return faces.size();
    }

    @Override
    public Item item(int index) {
      return faces.item(index);
    }

    @Override
    public int resolution(int index) {
      return faces.resolution(index);
    }

    @Override
    public void load(int index, int size, byte[] rgb) {
      faces.load(index, size, rgb);
    }
  }

  @Test
  void aShardOfTheHeadIsWhatAnArrayHolds() {
    var options = options("arcface");
    options.network.embedding = 512;
    options.optimizer.shards = 2;
    var data = new ManyPeople(FACES, 9_000_000);
    try (var backend = new CpuBackend(1)) {
      assertThatThrownBy(() -> new TrainingRun(options, data, backend, Console.standard()))
          .isInstanceOf(FacetException.class)
          .hasMessage(
              "--shards is 2, expected at least 3: one array holds 2,145,386,495 numbers, the head"
                  + " of 9,000,000 people in 512 dimensions has 4,608,000,000.");
    }
  }

  @Test
  void moreElementsThanAnArrayHoldsAreRefused() {
    var memory = of("arcface", NetworkSpec.named("iresnet100"), 0);
    assertThatThrownBy(() -> memory.require(6300, 0, 1L << 50))
        .hasMessageContaining("needs a tensor of more than 2^31 elements")
        .hasMessageContaining("the largest that fits is --batch-size 26"); // 2^31 / (112² 64)
  }
}

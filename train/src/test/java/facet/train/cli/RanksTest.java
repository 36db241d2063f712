package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import facet.nn.io.SafetensorsReader;
import facet.train.Main;
import facet.train.mpi.MpiRun;
import facet.train.run.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `mpirun -np R facet train` as a user runs it: the same bits whatever R is, one run folder, one
/// message when something is wrong.
class RanksTest extends SmallTrainings {
  @BeforeEach
  void installed() {
    MpiRun.assumeInstalled();
  }

  private List<Object> options(Object... more) {
    return flat(
        "train --width 4 --depths 1,1 --size 16 --embedding 8 --epochs 5000 --warmup 0".split(" "),
        "--threads 1 --eval-every 0 --batch-size 10 --shards 4".split(" "),
        "--data",
        shared.resolve("faces"),
        "--output",
        temp.resolve("runs"),
        flat(more).toArray());
  }

  private MpiRun start(int ranks, Object... more) throws IOException {
    return MpiRun.start(ranks, Main.class, options(more).toArray());
  }

  @Test
  void theBitsAreThoseOfOneProcess() throws IOException, InterruptedException {
    var recipe = new Object[] {"--loss", "curricularface", "--dropout", 0.3};
    var steps = new Object[] {recipe, "--max-steps", 6};
    var alone = CommandLineRun.of(options("--name", "one", flat(steps).toArray()).toArray());
    assertThat(alone.err()).isEmpty();
    assertThat(alone.out()).contains("1 ranks, 4 shards");
    try (var run = start(2, "--name", "two", flat(steps).toArray())) {
      assertThat(run.end()).as(run.output()).isZero();
      assertThat(run.output())
          .contains("2 ranks, 4 shards")
          .containsOnlyOnce("Checkpoint:")
          .containsPattern("Data Wait \\d+%   Rank Wait \\d+%");
    }
    assertThat(checkpoint("two")).hasSameBinaryContentAs(checkpoint("one"));
    try (var run = start(4, "--name", "four", recipe, "--max-steps", 3)) {
      assertThat(run.end()).as(run.output()).isZero();
    }
    assertThat(temp.resolve("runs")).isDirectoryNotContaining("glob:**-2");
    // a run goes on with another number of ranks
    var resumed =
        CommandLineRun.of("train", "--resume", temp.resolve("runs/four"), "--max-steps", 6);
    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.out()).contains("Resuming at step 3");
    assertThat(checkpoint("four")).hasSameBinaryContentAs(checkpoint("one"));
    assertThat(Files.readAllLines(temp.resolve("runs/four/metrics.csv"))).hasSize(1 + 6);
  }

  /// Each rank has the moments of its own people, and Partial FC moves those of the sample.
  @Test
  void theBitsOfAdamWAre() throws IOException, InterruptedException {
    var adam = new Object[] {"--optimizer", "adamw", "--sample-rate", 0.5};
    assertThat(CommandLineRun.of(options("--name", "one", "--max-steps", 6, adam).toArray()).err())
        .isEmpty();
    try (var run = start(2, "--name", "two", "--max-steps", 3, adam)) {
      assertThat(run.end()).as(run.output()).isZero();
    }
    var resumed =
        CommandLineRun.of("train", "--resume", temp.resolve("runs/two"), "--max-steps", 6);
    assertThat(resumed.err()).isEmpty();
    assertThat(checkpoint("two")).hasSameBinaryContentAs(checkpoint("one"));
    try (var file = SafetensorsReader.open(checkpoint("two"))) {
      assertThat(file.shapes())
          .containsKeys("optimizer.head.weight", "optimizer.squares.head.weight");
    }
  }

  @Test
  void aRankWithOtherOptionsIsRefused() throws IOException, InterruptedException {
    var command = new ArrayList<Object>(options("--max-steps", 3));
    try (var run = MpiRun.startUnlike(Main.class, command, flat(command.toArray(), "--lr", 0.2))) {
      assertThat(run.end()).isEqualTo(2);
      assertThat(run.output()).containsPattern("Rank 1 on \\S+ has lr 0.2, rank 0 has 0.1");
      assertThat(run.output()).containsOnlyOnce("start all ranks with the same");
    }
    assertThat(temp.resolve("runs")).doesNotExist();
  }

  private void until(MpiRun run, String file) throws IOException, InterruptedException {
    for (var i = 0; i < 600 && !Files.exists(temp.resolve(file)); i++) {
      assertThat(run.process().isAlive()).as(run.output()).isTrue();
      Thread.sleep(100);
    }
  }

  /// SIGUSR1 is passed on to the ranks; after SIGTERM Open MPI has an exit code of its own.
  @Test
  void aSignalSavesOnceAndAKilledRankEndsTheJob() throws IOException, InterruptedException {
    try (var run = start(2, "--name", "run", "--save-every", 5)) {
      until(run, "runs/run/checkpoints/last.safetensors");
      new ProcessBuilder("kill", "-USR1", Long.toString(run.process().pid())).start().waitFor();
      assertThat(run.end()).as(run.output()).isEqualTo(75);
      assertThat(run.output()).containsOnlyOnce("the checkpoint is saved.");
    }
    // A loaded machine may not save in the second that Open MPI waits by default. It waits in full.
    try (var run = resume("--mca", "odls_base_sigkill_timeout", "4")) {
      run.process().destroy();
      assertThat(run.end()).as(run.output()).isEqualTo(1);
      assertThat(run.output()).containsOnlyOnce("the checkpoint is saved.");
    }
    try (var run = resume()) {
      var ranks = run.process().children().toList();
      assertThat(ranks).hasSize(2);
      ranks.getLast().destroyForcibly();
      assertThat(run.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(run.process().exitValue()).isEqualTo(137);
      assertThat(run.output()).containsOnlyOnce("exited on signal 9");
    }
    var resumed =
        CommandLineRun.of("train", "--resume", temp.resolve("runs/run"), "--max-steps", 1);
    assertThat(resumed.code()).as(resumed.err()).isZero();
  }

  /// A limit on the size of files takes the place of a full disk, which needs an administrator.
  @Test
  void aDiskThatIsFullEndsTheJobAndKeepsTheLastCheckpoint()
      throws IOException, InterruptedException {
    var checkpoints = temp.resolve("runs/run/checkpoints");
    var last = checkpoints.resolve("last.safetensors");
    try (var run = start(2, "--name", "run", "--save-every", 5)) {
      until(run, "runs/run/checkpoints/last.safetensors");
      var limit = "--fsize=" + (Files.size(last) - 1);
      for (var rank : run.process().children().toList()) {
        var pid = Long.toString(rank.pid());
        var limited = new ProcessBuilder("prlimit", "--pid", pid, limit).start();
        assertThat(limited.waitFor()).isZero();
      }
      assertThat(run.end()).as(run.output()).isEqualTo(6);
      assertThat(run.output())
          .containsOnlyOnce("last.safetensors could not be written")
          .contains("(ulimit -f)")
          .doesNotContain("Rank 0", "Rank 1", "Exception");
    }
    assertThat(checkpoints).isDirectoryNotContaining("glob:**.tmp");
    var saved = Checkpoint.header(last).get("step"); // verified
    var resumed =
        CommandLineRun.of("train", "--resume", temp.resolve("runs/run"), "--max-steps", 1);
    assertThat(resumed.out()).contains("Resuming at step " + saved);
    assertThat(resumed.code()).as(resumed.err()).isZero();
  }

  private MpiRun resume(String... options) throws IOException, InterruptedException {
    var run =
        MpiRun.startThrough(
            List.of(), List.of(options), Main.class, "train", "--resume", temp.resolve("runs/run"));
    for (var i = 0; i < 600 && !run.output().contains("Resuming at step"); i++) {
      Thread.sleep(100);
    }
    return run;
  }
}

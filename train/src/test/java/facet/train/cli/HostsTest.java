package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import facet.train.Main;
import facet.train.mpi.Hosts;
import facet.train.mpi.MpiRun;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// `mpirun` across hosts: messages go through the network, the other host's ranks are started by a
/// remote shell and die alone.
class HostsTest extends SmallTrainings {
  private Object[] options(Object... more) {
    return flat(
            "train --width 4 --depths 1,1 --size 16 --embedding 8 --epochs 5000 --warmup 0 --name run"
                .split(" "),
            "--threads 1 --eval-every 0 --batch-size 10 --shards 2".split(" "),
            "--data",
            shared.resolve("faces"),
            more)
        .toArray();
  }

  private static void until(MpiRun run, String line) throws IOException, InterruptedException {
    for (var i = 0; i < 600 && !run.output().contains(line); i++) {
      assertThat(run.process().isAlive()).as(run.output()).isTrue();
      Thread.sleep(50);
    }
  }

  @Test
  void trainsAcrossHostsAndSurvivesTheLossOfOne() throws IOException, InterruptedException {
    MpiRun.assumeInstalled();
    try (var hosts = Hosts.assumePossible(temp)) {
      var runs = temp.resolve("runs");
      try (var run =
          hosts.start(Main.class, options("--output", runs, "--max-steps", 6, "--save-every", 2))) {
        assertThat(run.end()).as(run.output()).isZero();
        assertThat(run.output()).contains("2 ranks, 2 shards").containsOnlyOnce("Checkpoint:");
      }
      var alone = CommandLineRun.of(options("--output", temp.resolve("alone"), "--max-steps", 6));
      assertThat(alone.err()).isEmpty();
      var last = "run/checkpoints/last.safetensors";
      assertThat(runs.resolve(last)).hasSameBinaryContentAs(temp.resolve("alone").resolve(last));

      try (var run = resume(hosts)) {
        until(run, "Resuming at step 6");
        hosts.killSecond();
        assertThat(run.process().waitFor(10, TimeUnit.SECONDS)).as(run.output()).isTrue();
        assertThat(run.process().exitValue()).isEqualTo(137);
        assertThat(run.output())
            .containsPattern("rank 1 with PID \\d+ on node 10.213.7.2 exited on signal 9")
            .doesNotContain("Stopping", "saved");
      }
      try (var run = resume(hosts)) {
        until(run, "Resuming at step");
        new ProcessBuilder("kill", "-USR1", Long.toString(run.process().pid())).start().waitFor();
        assertThat(run.end()).as(run.output()).isEqualTo(75);
        assertThat(run.output()).containsOnlyOnce("the checkpoint is saved.");
      }
    }
  }

  private MpiRun resume(Hosts hosts) throws IOException {
    return hosts.start(
        Main.class, "train", "--resume", temp.resolve("runs/run"), "--max-steps", 100_000);
  }
}

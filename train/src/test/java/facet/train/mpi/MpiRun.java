package facet.train.mpi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program of this build, started by `mpirun`. Open MPI does not start as root, nor more ranks
/// than there are cores, unless it is told to.
public final class MpiRun implements AutoCloseable {
  private static final int MINUTES = 3;
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Process process;
  private final Path output;

  private MpiRun(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /// Ends the test, and says so, if there is no Open MPI.
  public static void assumeInstalled() {
    if (!Mpi.describe().startsWith("available")
        || !Files.isExecutable(Path.of("/usr/bin/mpirun"))) {
      System.err.println("DID NOT RUN: a test of several ranks. Open MPI is " + Mpi.describe());
      abort("Open MPI is missing");
    }
  }

  /// Starts `main` on so many ranks.
  public static MpiRun start(int ranks, Class<?> main, Object... arguments) throws IOException {
    return start(List.of(), program(ranks, main, List.of(arguments)));
  }

  /// Starts `main` on two ranks, by an `mpirun` with other options that another program starts.
  public static MpiRun startThrough(
      List<String> before, List<String> options, Class<?> main, Object... arguments)
      throws IOException {
    var programs = new ArrayList<>(options);
    programs.addAll(program(2, main, List.of(arguments)));
    return start(before, programs);
  }

  /// Starts `main` on two ranks with arguments of their own.
  public static MpiRun startUnlike(Class<?> main, List<Object> first, List<Object> second)
      throws IOException {
    var programs = program(1, main, first);
    programs.add(":");
    programs.addAll(program(1, main, second));
    return start(List.of(), programs);
  }

  private static List<String> program(int ranks, Class<?> main, List<Object> arguments) {
    var program = new ArrayList<String>(List.of("-np", Integer.toString(ranks)));
    program.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    program.addAll(
        List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            main.getName()));
    arguments.forEach(argument -> program.add(String.valueOf(argument)));
    return program;
  }

  private static MpiRun start(List<String> before, List<String> programs) throws IOException {
    assumeInstalled();
    var command = new ArrayList<>(before);
    command.addAll(
        List.of("mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"));
    command.addAll(programs);
    var output = Files.createTempFile("mpirun", ".txt");
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("TMPDIR", "/tmp"); // its sockets' paths must be short
    return new MpiRun(builder.redirectOutput(output.toFile()).start(), output);
  }

  public Process process() {
    return process;
  }

  /// What it has printed so far.
  public String output() throws IOException {
    return Files.readString(output, StandardCharsets.UTF_8);
  }

  /// Waits for its end and that of its ranks, which may outlive it by a moment.
  ///
  /// @return the exit code of `mpirun`
  public int end() throws InterruptedException {
    var ranks = process.children().toList();
    assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).as("mpirun ends").isTrue();
    for (var rank : ranks) {
      assertThat(rank.onExit()).succeedsWithin(MINUTE);
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    Files.deleteIfExists(output);
  }
}

package facet.train.run;

import static facet.train.error.Printable.format;

import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Notices Ctrl-C and SIGTERM, and keeps the process alive until the run has saved its checkpoint.
///
/// The JVM turns those signals into its shutdown hooks. The hook here raises a flag; if a run has
/// said that it watches the flag, the hook waits for that run to end and hands its exit code to the
/// shell. Without such a run the process ends immediately.
public final class Interrupt {
  /// After so long without an end the wait is said again.
  private static final long PATIENCE_SECONDS = 60;

  /// The promise of a training run.
  public static final String SAVES = "Stopping after this step; the checkpoint is being saved.";

  /// The promise of one of several processes: Open MPI sends the signal of a person's Ctrl-C, too,
  /// when another of them is lost.
  public static final String QUIET = "";

  private final int interruptedCode;
  private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
  private volatile @Nullable String promise;
  private volatile boolean raised;

  /// @param interruptedCode the exit code of a process that a signal ended before it had anything
  ///     to save
  public Interrupt(int interruptedCode) {
    this.interruptedCode = interruptedCode;
  }

  /// Lets signals raise the flag from now on.
  public void install() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::signalled, "facet-interrupt"));
  }

  /// Treats SIGUSR1 as SIGTERM: the one signal that `mpirun` passes on to its ranks without ending
  /// itself, so that its exit code is theirs. Java has no public interface to it but by reflection.
  public static void installUser1(int code) {
    try {
      var signal = Class.forName("sun.misc.Signal");
      var handler = Class.forName("sun.misc.SignalHandler");
      var exits =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                System.exit(code); // the hook above decides
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("USR1"), exits);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // Without it the signal ends the process, as it would any other.
    }
  }

  /// Promises that the caller asks [#raised] often, and ends when it is.
  ///
  /// @param promise the line that is printed when a signal comes; empty for none
  public void watch(String promise) {
    this.promise = promise;
  }

  /// Whether a signal has come.
  public boolean raised() {
    return raised;
  }

  /// Ends what is being done if a signal has come.
  ///
  /// @throws FacetException with [ExitCode#INTERRUPTED]
  public void stopIfRaised(String doing) {
    if (raised) {
      throw new FacetException(ExitCode.INTERRUPTED, "Interrupted while " + doing + ".");
    }
  }

  /// Ends the process, by itself or as the end of a signal's shutdown.
  public void exit(int code) {
    exitCode.complete(code);
    System.exit(code); // after a signal this waits for the hook, which halts with the same code
  }

  private void signalled() {
    if (exitCode.isDone()) {
      return; // an ordinary end
    }
    raised = true;
    var code = interruptedCode;
    if (promise == null) {
      System.err.println("Interrupted.");
    } else {
      if (!promise.isEmpty()) {
        System.err.println(promise);
      }
      code = await();
    }
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }

  /// However long a step and a checkpoint take: whoever cannot wait has SIGKILL.
  private int await() {
    for (var minutes = 1; ; minutes++) {
      try {
        return exitCode.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        System.err.println(
            format(
                "Still stopping after %d min; 'kill -9 %d' ends it with the last checkpoint.",
                minutes, ProcessHandle.current().pid()));
      } catch (ExecutionException e) {
        throw new IllegalStateException("an exit code that failed", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return interruptedCode;
      }
    }
  }
}

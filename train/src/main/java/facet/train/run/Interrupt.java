package facet.train.run;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Notices Ctrl-C and SIGTERM, and keeps the process alive until the run has saved its checkpoint.
///
/// The JVM turns those signals into its shutdown hooks. The hook here raises the flag and waits for
/// [#close]; then it halts with the exit code of an interrupted run.
public final class Interrupt implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean raised;

  /// @param exitCode of the process after a signal
  public Interrupt(int exitCode) {
    hook =
        new Thread(
            () -> {
              raised = true;
              try {
                if (!closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                  System.err.println("The run did not stop in time; its last checkpoint holds.");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              System.out.flush();
              Runtime.getRuntime().halt(exitCode);
            },
            "facet-interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /// Whether a signal has come.
  public boolean raised() {
    return raised;
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // shutting down already: the hook halts the process
    }
  }
}

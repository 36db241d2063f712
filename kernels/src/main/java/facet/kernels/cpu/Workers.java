package facet.kernels.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The threads of the CPU backend: the caller and one daemon thread per further core.
///
/// [#forEach] cuts an index range into contiguous chunks, one a worker, always in the same places
/// for the same range and number of workers. A kernel whose result depends on the cut is therefore
/// still bit-identical from run to run. An idle thread spins for a moment before it parks: the next
/// kernel usually follows within microseconds, and waking a parked thread costs tens of them.
public final class Workers implements AutoCloseable {
  /// A piece of work over the indices `from` (inclusive) to `to` (exclusive).
  @FunctionalInterface
  public interface Body {
    /// Runs the piece.
    ///
    /// @param worker the number of the worker, 0 to [#count] - 1: no two pieces of one call share
    ///     it, so it can select scratch memory
    void run(int from, int to, int worker);
  }

  private static final long SPIN_NANOS = 100_000;
  private static final int SPINS_PER_CLOCK_READ = 16;

  private final Helper[] helpers;
  private final ReentrantLock callers = new ReentrantLock();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger round = new AtomicInteger();

  // Written by the caller before it advances `round`, read by the helpers after they saw that.
  private @Nullable Job job;
  private volatile boolean closed;

  /// Starts `threads - 1` threads; the caller of [#forEach] is the remaining worker.
  public Workers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, was " + threads);
    }
    helpers = new Helper[threads - 1];
    for (int i = 0; i < helpers.length; i++) {
      helpers[i] = new Helper(i + 1);
      helpers[i].start();
    }
  }

  /// The number of workers, the caller included.
  public int count() {
    return helpers.length + 1;
  }

  /// Runs `body` over `0 .. items`, cut into one chunk a worker, and returns when all are done.
  public void forEach(int items, Body body) {
    forEach(items, 1, body);
  }

  /// Runs `body` over `0 .. items`, cut into at most one chunk a worker, and returns when all are
  /// done. Inside another call's body it runs the whole range in place.
  ///
  /// @param grain the cuts lie at multiples of it, so that no chunk but the last is smaller
  /// @throws RuntimeException the first exception of a body, the others suppressed in it
  public void forEach(int items, int grain, Body body) {
    if (items <= 0) {
      return;
    }
    if (Thread.currentThread() instanceof Helper helper && helper.owner() == this) {
      body.run(0, items, helper.worker);
      return;
    }
    int chunks = (int) Math.min(count(), ((long) items + grain - 1) / grain);
    if (chunks == 1 || callers.isHeldByCurrentThread()) {
      body.run(0, items, 0);
      return;
    }
    callers.lock();
    try {
      shareOut(new Job(items, grain, chunks, body, Thread.currentThread()));
    } finally {
      callers.unlock();
    }
  }

  private void shareOut(Job work) {
    if (closed) {
      throw new IllegalStateException("these workers are closed");
    }
    job = work;
    running.set(helpers.length);
    round.incrementAndGet();
    for (var helper : helpers) {
      LockSupport.unpark(helper);
    }
    var failure = work.run(0);
    awaitHelpers();
    job = null;
    for (var helper : helpers) {
      failure = merge(failure, helper.failure);
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private void awaitHelpers() {
    var deadline = System.nanoTime() + SPIN_NANOS;
    for (int i = 0; running.get() > 0; i++) {
      if (i % SPINS_PER_CLOCK_READ != 0 || System.nanoTime() < deadline) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
  }

  private static @Nullable Throwable merge(@Nullable Throwable first, @Nullable Throwable next) {
    if (first == null) {
      return next;
    }
    if (next != null && next != first) {
      first.addSuppressed(next);
    }
    return first;
  }

  /// Stops the threads. Later calls of [#forEach] that need them fail.
  @Override
  public void close() {
    callers.lock();
    try {
      closed = true;
    } finally {
      callers.unlock();
    }
    for (var helper : helpers) {
      LockSupport.unpark(helper);
    }
  }

  private record Job(int items, int grain, int chunks, Body body, Thread caller) {
    /// Runs one worker's chunk and returns what it threw.
    @Nullable Throwable run(int worker) {
      int from = cut(worker);
      int to = cut(worker + 1);
      if (from == to) {
        return null;
      }
      try {
        body.run(from, to, worker);
        return null;
      } catch (RuntimeException | Error e) {
        return e;
      }
    }

    private int cut(int chunk) {
      if (chunk >= chunks) {
        return items;
      }
      long grains = ((long) items + grain - 1) / grain;
      return (int) (grains * chunk / chunks * grain);
    }
  }

  private final class Helper extends Thread {
    final int worker;
    @Nullable Throwable failure;

    Helper(int worker) {
      super("facet-worker-" + worker);
      this.worker = worker;
      setDaemon(true);
    }

    Workers owner() {
      return Workers.this;
    }

    @Override
    public void run() {
      for (int seen = 0; awaitRound(seen); ) {
        seen = round.get();
        var work = job;
        failure = work == null ? null : work.run(worker);
        if (running.decrementAndGet() == 0 && work != null) {
          LockSupport.unpark(work.caller);
        }
      }
    }

    /// Waits for a round other than `seen`; false if the workers were closed instead.
    private boolean awaitRound(int seen) {
      var deadline = System.nanoTime() + SPIN_NANOS;
      for (int i = 0; round.get() == seen; i++) {
        if (closed) {
          return false;
        }
        if (i % SPINS_PER_CLOCK_READ != 0 || System.nanoTime() < deadline) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(Workers.this);
        }
      }
      return true;
    }
  }
}

package facet.train.training;

import static facet.train.error.Printable.format;
import static java.nio.charset.StandardCharsets.UTF_8;

import facet.nn.ranks.Alone;
import facet.nn.ranks.Communicator;
import facet.nn.ranks.TimedRanks;
import facet.train.data.batch.Batch;
import facet.train.data.batch.BatchLoader;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.mpi.Mpi;
import facet.train.run.Console;
import facet.train.run.Interrupt;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The processes of a training. Rank 0 leads: it alone writes, evaluates and decides when to save
/// and to end; the others wait for its orders. What goes wrong on one rank where they meet is told
/// to all, who end together with one message; what goes wrong elsewhere ends the job at once.
///
/// In a process alone all of this does nothing.
public final class Job implements AutoCloseable {
  /// What rank 0 may order the others to do with it.
  enum Order {
    /// Load the next batch and take a step.
    STEP,
    /// Send elements of one of the head's matrices: which, the first, how many.
    ROWS,
    /// End with this exit code.
    END
  }

  /// A failure that every rank knows of.
  private static final class Shared extends FacetException {
    private static final long serialVersionUID = 1L;

    Shared(ExitCode code, String message, @Nullable Throwable cause) {
      super(code, message, cause);
    }
  }

  private static final int NUMBERS = 4; // of an order
  private static final double RAISED = -1;

  private final Communicator ranks;
  private boolean leading; // the others wait for orders
  private boolean meeting; // all are in a step
  private boolean othersRaised;

  Job(Communicator ranks) {
    this.ranks = ranks.size() == 1 ? ranks : new TimedRanks(ranks);
  }

  /// Seconds that this rank has waited for others since this was last asked.
  double takeWaited() {
    return ranks instanceof TimedRanks timed ? timed.takeWaited() : 0;
  }

  /// The job that this process was started in.
  public static Job join() {
    var job = new Job(Mpi.join());
    if (!job.isAlone()) {
      Interrupt.installUser1(ExitCode.INTERRUPTED.code());
    }
    return job;
  }

  /// A process alone.
  public static Job alone() {
    return new Job(new Alone());
  }

  /// The ranks.
  public Communicator ranks() {
    return ranks;
  }

  /// Whether this rank is the one that writes.
  public boolean leads() {
    return ranks.rank() == 0;
  }

  private boolean isAlone() {
    return ranks.size() == 1;
  }

  /// Where this rank's lines go: nowhere, but for rank 0.
  public Console console() {
    return leads()
        ? Console.standard()
        : new Console(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8), false);
  }

  /// Runs `body`, and ends the job as its end demands: quietly and with the same exit code on all
  /// ranks, or at once if only this one fails.
  public int run(IntSupplier body) {
    if (isAlone()) {
      return body.getAsInt();
    }
    try {
      var code = body.getAsInt();
      release(code);
      return code;
    } catch (Shared e) {
      release(e.exitCode().code());
      if (leads()) {
        throw e;
      }
      return e.exitCode().code();
    } catch (RuntimeException | Error e) {
      if (leading && !meeting) {
        release(ExitCode.of(e).code());
        throw e;
      }
      throw abort(e);
    }
  }

  private void release(int code) {
    if (leading) {
      leading = false;
      order(Order.END, code);
    }
  }

  /// Ends all ranks because of this one, which says why.
  private RuntimeException abort(Throwable e) {
    var code = ExitCode.of(e);
    System.err.printf(Locale.ROOT, "%s: %s%n", name(ranks.rank(), ranks.host()), e.getMessage());
    if (code == ExitCode.BUG) {
      e.printStackTrace();
    }
    ranks.abort(code.code());
    return new IllegalStateException(e);
  }

  private static String name(int rank, String host) {
    return format("Rank %d on %s", rank, host);
  }

  /// Runs `body` on every rank, and fails on all of them if it fails on one. It must not
  /// communicate.
  public <T> T together(Supplier<T> body) {
    if (isAlone()) {
      return body.get();
    }
    T result = null;
    FacetException failure = null;
    try {
      result = body.get();
    } catch (RuntimeException | OutOfMemoryError e) {
      if (ExitCode.of(e) == ExitCode.BUG) {
        throw e;
      }
      failure = new FacetException(ExitCode.of(e), String.valueOf(e.getMessage()), e);
    }
    agree(failure, false);
    return result;
  }

  /// Fails on all ranks if one has a failure: with its message, and its name unless all say the
  /// same. Collective.
  ///
  /// @param raised whether a signal has come to this rank
  void agree(@Nullable FacetException failure, boolean raised) {
    if (isAlone()) {
      if (failure != null) {
        throw failure;
      }
      return;
    }
    var own = failure == null ? raised ? RAISED : 0 : failure.exitCode().code();
    var all = ranks.allGather(own);
    var failed = -1;
    for (var r = ranks.size() - 1; r >= 0; r--) {
      failed = all[r][0] > 0 ? r : failed;
      othersRaised |= all[r][0] == RAISED;
    }
    if (failed < 0) {
      return;
    }
    var text = failure == null ? "" : failure.getMessage();
    var messages = ranks.allGather(text.getBytes(UTF_8));
    var hosts = ranks.allGather(ranks.host().getBytes(UTF_8));
    var message = new String(messages[failed], UTF_8);
    var everywhere = true;
    for (var other : messages) {
      everywhere &= message.equals(new String(other, UTF_8));
    }
    meeting = false;
    throw new Shared(
        codeOf((int) all[failed][0]),
        everywhere ? message : name(failed, new String(hosts[failed], UTF_8)) + ": " + message,
        failure);
  }

  private static ExitCode codeOf(int code) {
    for (var candidate : ExitCode.values()) {
      if (candidate.code() == code) {
        return candidate;
      }
    }
    throw new IllegalArgumentException("no exit code " + code);
  }

  /// A failure that all ranks have, since they computed the same.
  FacetException everywhere(FacetException failure) {
    meeting = false;
    return isAlone() ? failure : new Shared(failure.exitCode(), failure.getMessage(), failure);
  }

  /// Sees that all ranks were started with the same. Collective.
  ///
  /// @param facts by name
  /// @throws FacetException naming the first that differs, and the rank
  public void requireSame(Map<String, String> facts) {
    if (isAlone()) {
      return;
    }
    var text = new StringBuilder();
    new TreeMap<>(facts)
        .forEach((key, value) -> text.append(key).append('\t').append(value).append('\n'));
    var all = ranks.allGather(text.toString().getBytes(UTF_8));
    var hosts = ranks.allGather(ranks.host().getBytes(UTF_8));
    var expected = lines(all[0]);
    for (var r = 1; r < all.length; r++) {
      var found = lines(all[r]);
      var names = new TreeMap<>(expected);
      names.putAll(found);
      for (var name : names.keySet()) {
        var here = found.getOrDefault(name, "unset");
        var there = expected.getOrDefault(name, "unset");
        if (!here.equals(there)) {
          throw new Shared(
              ExitCode.USAGE,
              format(
                  "%s has %s %s, rank 0 has %s; start all ranks with the same program, options and"
                      + " data.",
                  name(r, new String(hosts[r], UTF_8)), name, here, there),
              null);
        }
      }
    }
  }

  private static Map<String, String> lines(byte... text) {
    var lines = new TreeMap<String, String>();
    for (var line : new String(text, UTF_8).split("\n")) {
      var tab = line.indexOf('\t');
      if (tab >= 0) {
        lines.put(line.substring(0, tab), line.substring(tab + 1));
      }
    }
    return lines;
  }

  /// The text of rank 0. Collective.
  public String share(String text) {
    if (isAlone()) {
      return text;
    }
    return new String(ranks.allGather(text.getBytes(UTF_8))[0], UTF_8);
  }

  /// From now on the other ranks wait for orders.
  public void lead() {
    leading = !isAlone();
  }

  /// Orders the other ranks, if there are any.
  void order(Order order, double... arguments) {
    if (isAlone()) {
      return;
    }
    var numbers = new double[NUMBERS];
    numbers[0] = order.ordinal();
    System.arraycopy(arguments, 0, numbers, 1, arguments.length);
    ranks.broadcast(0, numbers);
    meeting = order == Order.STEP;
  }

  /// The next batch of a loader, unless loading fails on some rank. Collective.
  Batch loaded(BatchLoader loader, BooleanSupplier interrupted) {
    if (isAlone()) {
      return loader.next();
    }
    Batch batch = null;
    FacetException failure = null;
    try {
      batch = loader.next();
    } catch (FacetException e) {
      failure = e;
    }
    agree(failure, interrupted.getAsBoolean());
    return Objects.requireNonNull(batch);
  }

  /// Whether a step ends without a failure; those that all ranks have are rank 0's to report.
  boolean survives(LongConsumer work, long step) {
    try {
      work.accept(step);
      return true;
    } catch (Shared e) {
      return false;
    }
  }

  /// Waits for the next order: its number and its arguments.
  double[] await() {
    return ranks.broadcast(0, new double[NUMBERS]);
  }

  /// Says that a step is done.
  void done() {
    meeting = false;
  }

  /// Whether a signal has come to another rank.
  boolean othersRaised() {
    return othersRaised;
  }

  @Override
  public void close() {
    ranks.close();
  }
}

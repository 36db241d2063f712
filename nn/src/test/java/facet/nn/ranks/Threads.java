package facet.nn.ranks;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/// Ranks that are threads of this process, for tests of what is computed by several.
public final class Threads {
  private final CyclicBarrier barrier;
  private final MemorySegment[] given;
  private final long[][] lengths;

  private Threads(int size) {
    barrier = new CyclicBarrier(size);
    given = new MemorySegment[size];
    lengths = new long[size][];
  }

  /// What a rank does.
  @FunctionalInterface
  public interface Work<T> {
    T of(Communicator ranks) throws Exception;
  }

  /// Runs `work` on so many ranks and returns what each of them does, by rank.
  public static <T> List<T> run(int size, Work<T> work) {
    var all = new Threads(size);
    try (var pool = Executors.newFixedThreadPool(size)) {
      var tasks = new ArrayList<Callable<T>>();
      for (var r = 0; r < size; r++) {
        var rank = all.new Rank(r);
        tasks.add(
            () -> {
              try {
                return work.of(rank);
              } catch (Exception | Error e) {
                all.barrier.reset(); // lets the others fail, too
                throw e;
              }
            });
      }
      var results = new ArrayList<T>();
      for (var done : pool.invokeAll(tasks)) {
        results.add(done.get());
      }
      return results;
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void await() {
    try {
      barrier.await();
    } catch (BrokenBarrierException | InterruptedException e) {
      throw new IllegalStateException("another rank failed", e);
    }
  }

  private final class Rank implements Communicator {
    private final int rank;

    Rank(int rank) {
      this.rank = rank;
    }

    @Override
    public int rank() {
      return rank;
    }

    @Override
    public int size() {
      return given.length;
    }

    @Override
    public String host() {
      return "thread";
    }

    @Override
    public void barrier() {
      await();
    }

    @Override
    public void broadcast(MemorySegment bytes, int root) {
      given[rank] = bytes;
      await();
      if (rank != root) {
        bytes.copyFrom(given[root]);
      }
      await();
    }

    @Override
    public void allGather(MemorySegment mine, MemorySegment all, long... each) {
      given[rank] = mine;
      await();
      var to = 0L;
      for (var r = 0; r < given.length; r++) {
        MemorySegment.copy(given[r], 0, all, to, each[r]);
        to += each[r];
      }
      await();
    }

    @Override
    public void exchange(MemorySegment out, long[] outLengths, MemorySegment in, long[] expected) {
      given[rank] = out;
      lengths[rank] = outLengths;
      await();
      var to = 0L;
      for (var r = 0; r < given.length; r++) {
        if (lengths[r][rank] != expected[r]) {
          throw new AssertionError("rank " + r + " sends another length to " + rank);
        }
        var from = 0L;
        for (var other = 0; other < rank; other++) {
          from += lengths[r][other];
        }
        MemorySegment.copy(given[r], from, in, to, expected[r]);
        to += expected[r];
      }
      await();
    }

    @Override
    public void abort(int exitCode) {
      throw new IllegalStateException("rank " + rank + " aborts with " + exitCode);
    }

    @Override
    public void close() {}
  }
}

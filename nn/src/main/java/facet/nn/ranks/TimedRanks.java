package facet.nn.ranks;

import java.lang.foreign.MemorySegment;

/// Ranks that measure how long the thread that made them is held up by the others: until they are
/// there and their messages, too. What another thread sends meanwhile holds nobody up.
public final class TimedRanks implements Communicator {
  private final Communicator ranks;
  private final Thread owner = Thread.currentThread();
  private long waited;

  public TimedRanks(Communicator ranks) {
    this.ranks = ranks;
  }

  /// Seconds that the owner has waited since this was last asked.
  public double takeWaited() {
    var seconds = waited * 1e-9;
    waited = 0;
    return seconds;
  }

  private void time(Runnable messages) {
    if (Thread.currentThread() != owner) {
      messages.run();
      return;
    }
    var begun = System.nanoTime();
    messages.run();
    waited += System.nanoTime() - begun;
  }

  @Override
  public int rank() {
    return ranks.rank();
  }

  @Override
  public int size() {
    return ranks.size();
  }

  @Override
  public String host() {
    return ranks.host();
  }

  @Override
  public void barrier() {
    time(ranks::barrier);
  }

  @Override
  public void broadcast(MemorySegment bytes, int root) {
    time(() -> ranks.broadcast(bytes, root));
  }

  @Override
  public void allGather(MemorySegment mine, MemorySegment all, long... lengths) {
    time(() -> ranks.allGather(mine, all, lengths));
  }

  @Override
  public void exchange(MemorySegment out, long[] outLengths, MemorySegment in, long[] inLengths) {
    time(() -> ranks.exchange(out, outLengths, in, inLengths));
  }

  @Override
  public void abort(int exitCode) {
    ranks.abort(exitCode);
  }

  @Override
  public void close() {
    ranks.close();
  }
}

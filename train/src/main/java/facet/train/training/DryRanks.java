package facet.train.training;

import facet.nn.ranks.Communicator;
import java.lang.foreign.MemorySegment;

/// The last of so many ranks, which has as much to do as any, and to which nobody speaks: for
/// finding out what a step takes.
///
/// @param size how many ranks there are
record DryRanks(int size) implements Communicator {
  @Override
  public int rank() {
    return size - 1;
  }

  @Override
  public String host() {
    return "nowhere";
  }

  @Override
  public void barrier() {}

  @Override
  public void broadcast(MemorySegment bytes, int root) {}

  @Override
  public void allGather(MemorySegment mine, MemorySegment all, long... lengths) {}

  @Override
  public void exchange(MemorySegment out, long[] outLengths, MemorySegment in, long[] inLengths) {}

  @Override
  public void abort(int exitCode) {
    throw new IllegalStateException("there is no job to end");
  }

  @Override
  public void close() {}
}

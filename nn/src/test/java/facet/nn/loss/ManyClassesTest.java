package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;

import facet.nn.Initializer;
import facet.nn.Parameters;
import facet.nn.ranks.Communicator;
import facet.nn.ranks.Shards;
import facet.tensor.Scope;
import facet.tensor.kernel.Margin;
import facet.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// The last of many ranks with a head of more than 2^31 weights, of which each rank has few.
class ManyClassesTest {
  private static final int CLASSES = 10_000_019;
  private static final int D = 512;
  private static final int RANKS = 100_000;

  /// The last rank; keeps what it sends to rank 0.
  private static final class Last implements Communicator {
    private float[] sent = {};

    @Override
    public int rank() {
      return RANKS - 1;
    }

    @Override
    public int size() {
      return RANKS;
    }

    @Override
    public void exchange(MemorySegment out, long[] outLengths, MemorySegment in, long[] inLengths) {
      assertThat(Arrays.stream(outLengths).sum()).isEqualTo(outLengths[0]);
      sent = out.asSlice(0, outLengths[0]).toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public String host() {
      return "here";
    }

    @Override
    public void barrier() {}

    @Override
    public void broadcast(MemorySegment bytes, int root) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void allGather(MemorySegment mine, MemorySegment all, long... lengths) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void abort(int exitCode) {}

    @Override
    public void close() {}
  }

  @Test
  void theLastRankHasTheLastClasses() {
    var ranks = new Last();
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var classes = new ClassShards(scope, new Shards(ranks, RANKS), CLASSES, D, 1, false);
      var parameters = new Parameters(scope, 3);
      var seed = new Parameters(scope, 3).nextSeed();
      new ShardedHead(
          classes, parameters, new HeadSettings.Fixed(new Margin(Margin.Kind.ARCFACE, 0.5, 16)));
      var end = (long) CLASSES * D;
      classes.gather(HeadMatrix.WEIGHT, end - 700, new float[700]);
      assertThat(ranks.sent)
          .isEqualTo(Initializer.normal(MarginHead.DEVIATION, seed, end - 700, 700));
      var begin = ((long) CLASSES * (RANKS - 1) / RANKS) * D;
      classes.load(
          HeadMatrix.MOMENTUM,
          (first, target, length) -> {
            for (var i = 0; i < length; i++) {
              target[i] = first + i - begin;
            }
          });
      classes.gather(HeadMatrix.MOMENTUM, begin - 5, new float[9]);
      assertThat(ranks.sent).containsExactly(0, 1, 2, 3);
      classes.gather(HeadMatrix.MOMENTUM, 0, new float[9]);
      assertThat(ranks.sent).isEmpty();
    }
  }
}

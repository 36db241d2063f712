package facet.nn.ranks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GradientSumTest {
  private static final int COUNT = 5; // of shards

  /// The second is a bucket of its own, the last gets no gradient.
  private static final List<Integer> LENGTHS = List.of(3, (1 << 20) + 7, 5, 2);

  /// Sums of gradients that arrive in an order of their own on every shard.
  private static List<double[]> sums(Communicator ranks) {
    var backend = new ReferenceBackend();
    try (var scope = Scope.on(backend)) {
      var shards = new Shards(ranks, COUNT);
      var parameters = LENGTHS.stream().map(n -> scope.variable(Shape.of(n))).toList();
      var sum = new GradientSum(scope, shards, parameters);
      for (var step = 0; step < 2; step++) {
        sum.begin();
        for (var shard = shards.first(); shard < shards.end(); shard++) {
          var order = new ArrayList<>(parameters.subList(0, parameters.size() - 1));
          Collections.shuffle(order, new Random(shard));
          for (var parameter : order) {
            sum.arrived(parameter, gradient(scope, parameter, shard + step));
          }
          sum.endShard();
        }
        sum.finish();
      }
      assertThat(sum.takeWaited()).isNotNegative();
      assertThat(sum.takeWaited()).isZero();
      return parameters.stream().map(p -> sum.of(p).toDoubles()).toList();
    }
  }

  private static Tensor gradient(Scope scope, Tensor of, int value) {
    return scope.full(of.shape(), value + of.size() * 1e-3);
  }

  @Test
  void sumsOverShardsWhoeverHasThemAndHoweverTheyArrive() {
    var alone = sums(new Alone());
    for (var i = 0; i < LENGTHS.size() - 1; i++) {
      var one = (float) (1 + LENGTHS.get(i) * 1e-3);
      assertThat(alone.get(i)).hasSize(LENGTHS.get(i));
      assertThat(alone.get(i)[0]).isCloseTo(10 + COUNT * one, within(1e-4 * COUNT * one));
    }
    assertThat(alone.getLast()).containsOnly(0);
    for (var size = 2; size <= 4; size++) {
      for (var sums : Threads.run(size, GradientSumTest::sums)) {
        for (var i = 0; i < alone.size(); i++) {
          assertThat(Arrays.equals(sums.get(i), alone.get(i))).as("parameter " + i).isTrue();
        }
      }
    }
  }
}

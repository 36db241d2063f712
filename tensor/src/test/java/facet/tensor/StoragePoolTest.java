package facet.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StoragePoolTest {
  /// Memory without memory.
  private record Fake(int length, int id) implements Storage {}

  private final List<Fake> allocated = new ArrayList<>();
  private final List<Storage> destroyed = new ArrayList<>();
  private final StoragePool pool =
      new StoragePool(
          length -> {
            var fake = new Fake(length, allocated.size());
            allocated.add(fake);
            return fake;
          },
          destroyed::add);

  private static IntStream lengths() {
    var large =
        IntStream.rangeClosed(6, 30)
            .flatMap(octave -> IntStream.of(-1, 0, 1, 7, 9).map(d -> (1 << octave) + d));
    var largest = IntStream.of(Integer.MAX_VALUE - 65, Integer.MAX_VALUE - 64);
    return IntStream.concat(IntStream.rangeClosed(0, 5000), IntStream.concat(large, largest));
  }

  @Test
  void capacitySufficesAndWastesAtMostAThirtySecond() {
    lengths()
        .forEach(
            length -> {
              var storage = pool.take(length);
              assertThat(storage.length()).isGreaterThanOrEqualTo(length);
              if (length > 256) {
                assertThat(storage.length() - (double) length)
                    .as("waste of %d", length)
                    .isLessThanOrEqualTo(length / 32.0);
              } else {
                assertThat(storage.length()).isEqualTo(256);
              }
            });
  }

  @Test
  void theActivationsOfAnIResNetWasteNothing() {
    for (var side = 7; side <= 112; side *= 2) {
      var length = 32 * side * side * 64;
      assertThat(pool.take(length).length()).isEqualTo(length);
    }
  }

  @Test
  void givenStorageIsTakenAgain() {
    lengths()
        .forEach(
            length -> {
              var storage = pool.take(length);
              pool.give(storage);
              var allocations = pool.allocations();
              var again = pool.take(length);
              assertThat(pool.allocations())
                  .as("allocations for %d", length)
                  .isEqualTo(allocations);
              assertThat(again.length()).isEqualTo(storage.length());
              pool.give(again);
            });
    assertThat(pool.live()).isZero();
  }

  @Test
  void storagesInUseAreDistinct() {
    var first = IntStream.range(0, 50).mapToObj(i -> pool.take(100)).toList();
    first.forEach(pool::give);
    var second = IntStream.range(0, 50).mapToObj(i -> pool.take(100 + i % 3)).toList();
    assertThat(new HashSet<>(second)).hasSize(50);
    assertThat(pool.allocations()).isEqualTo(50);
  }

  @Test
  void countersFollow() {
    var a = pool.take(64);
    var b = pool.take(1000);
    assertThat(pool.live()).isEqualTo(2);
    assertThat(pool.allocatedElements()).isEqualTo(a.length() + b.length());
    pool.give(a);
    assertThat(pool.live()).isEqualTo(1);
    assertThat(pool.allocatedElements()).isEqualTo(a.length() + b.length());
    pool.trim();
    assertThat(destroyed).containsExactly(a);
    assertThat(pool.allocatedElements()).isEqualTo(b.length());
    assertThat(pool.take(64)).isNotSameAs(a);
    assertThat(pool.allocations()).isEqualTo(3);
  }

  @Test
  void observerSeesNewAndRecycledStorages() {
    var seen = new ArrayList<Storage>();
    pool.onTake(seen::add);
    var first = pool.take(10);
    pool.give(first);
    pool.take(20);
    assertThat(seen).containsExactly(first, first);
  }
}

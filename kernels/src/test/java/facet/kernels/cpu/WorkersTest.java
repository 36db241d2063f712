package facet.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void everyItemRunsOnceAndCutsLieAtTheGrain(int threads) {
    try (var workers = new Workers(threads)) {
      for (int items : new int[] {0, 1, 2, 7, 1000}) {
        for (int grain : new int[] {1, 3, 64}) {
          var seen = new AtomicIntegerArray(items);
          workers.forEach(
              items,
              grain,
              (from, to, worker) -> {
                assertThat(from % grain).isZero();
                assertThat(worker).isBetween(0, threads - 1);
                for (int i = from; i < to; i++) {
                  seen.incrementAndGet(i);
                }
              });
          for (int i = 0; i < items; i++) {
            assertThat(seen.get(i)).isEqualTo(1);
          }
        }
      }
    }
  }

  @Test
  void exceptionsReachTheCallerAfterAllAreDone() {
    try (var workers = new Workers(3)) {
      assertThatThrownBy(
              () ->
                  workers.forEach(
                      3,
                      (from, to, worker) -> {
                        throw new IllegalStateException("worker " + worker);
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("worker 0")
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(2));
      var sum = new AtomicIntegerArray(1);
      workers.forEach(9, (from, to, worker) -> sum.addAndGet(0, to - from));
      assertThat(sum.get(0)).isEqualTo(9);
    }
  }

  @Test
  void nestedCallsRunInPlaceAsTheSameWorker() {
    try (var workers = new Workers(2)) {
      var calls = new AtomicIntegerArray(2);
      workers.forEach(
          2,
          (from, to, worker) ->
              workers.forEach(
                  10,
                  (a, b, inner) -> {
                    assertThat(inner).isEqualTo(worker);
                    assertThat(b - a).isEqualTo(10);
                    calls.incrementAndGet(worker);
                  }));
      assertThat(calls.get(0)).isEqualTo(1);
      assertThat(calls.get(1)).isEqualTo(1);
    }
  }

  @Test
  void wakesThreadsThatHaveParked() throws InterruptedException {
    try (var workers = new Workers(2)) {
      for (int i = 0; i < 3; i++) {
        Thread.sleep(20);
        var ran = new AtomicIntegerArray(2);
        workers.forEach(2, (from, to, worker) -> ran.incrementAndGet(worker));
        assertThat(ran.get(0) + ran.get(1)).isEqualTo(2);
      }
    }
  }

  @Test
  void closedWorkersSaySo() {
    var workers = new Workers(2);
    workers.close();
    assertThatThrownBy(() -> workers.forEach(2, (from, to, worker) -> {}))
        .hasMessage("these workers are closed");
  }
}

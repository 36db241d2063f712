package facet.train.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.FaceDataset;
import facet.train.data.GeneratedFaces;
import facet.train.data.TestImages;
import facet.train.error.FacetException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchLoaderTest {
  private static final int SIZE = 4;
  private static final Augmentation VARIED = new Augmentation(0.5, 1, 0.3, 0.3, 0.5, 2, 0.5);

  private static BatchLoader.Source source(FaceDataset data) {
    var sampler = new ClassificationSampler(data, 3, 5);
    return new BatchLoader.Source(data, sampler, VARIED, SIZE, 5);
  }

  private static GeneratedFaces withGenerator(GeneratedFaces.Generator generator) {
    GeneratedFaces faces = TestImages.faces(2, 5, 0);
    return new GeneratedFaces(IntStream.range(0, 10).mapToObj(faces::item).toList(), generator);
  }

  @Test
  void batchesComeInOrderWithTheirLabels() {
    GeneratedFaces data = TestImages.faces(2, 5, 0);
    try (var loader = new BatchLoader(source(data), 0, 0, 3, 2)) {
      var expected = new int[3];
      for (int number = 0; number < 20; number++) {
        Batch batch = loader.next();
        assertThat(batch.epoch()).isEqualTo(number / 3);
        assertThat(batch.step()).isEqualTo(number % 3);
        source(data).sampler().batch(batch.epoch(), batch.step(), expected);
        assertThat(batch.items()).isEqualTo(expected);
        for (int i = 0; i < 3; i++) {
          assertThat(batch.labels()[i]).isEqualTo(data.item(batch.items()[i]).identity());
        }
      }
    }
  }

  @Test
  void aResumedLoaderContinuesBitForBitWithAnyNumberOfThreads() {
    GeneratedFaces data = TestImages.faces(2, 5, 0);
    var straight = new float[12][];
    try (var loader = new BatchLoader(source(data), 0, 0, 1, 1)) {
      for (int i = 0; i < straight.length; i++) {
        straight[i] = loader.next().images().clone();
      }
    }
    try (var loader = new BatchLoader(source(data), 1, 2, 4, 3)) { // the 6th batch
      for (int i = 5; i < straight.length; i++) {
        assertThat(loader.next().images()).isEqualTo(straight[i]);
      }
    }
    assertThat(Arrays.stream(straight).map(Arrays::hashCode)).doesNotHaveDuplicates();
  }

  @Test
  void buffersAreReused() {
    try (var loader = new BatchLoader(source(TestImages.faces(2, 5, 0)), 0, 0, 2, 1)) {
      var buffers = new HashSet<Integer>();
      for (int i = 0; i < 50; i++) {
        buffers.add(System.identityHashCode(loader.next().images()));
      }
      assertThat(buffers).hasSize(3);
    }
  }

  @Test
  void anErrorReachesTheTrainerAtItsBatch() {
    var sampler = source(TestImages.faces(2, 5, 0)).sampler();
    var items = new int[3];
    sampler.batch(0, 2, items);
    int bad = items[1];
    var data =
        withGenerator(
            (index, size, rgb) -> {
              if (index == bad) {
                throw FacetException.data("face " + bad, "damaged", "replace it");
              }
            });
    try (var loader = new BatchLoader(source(data), 0, 0, 3, 2)) {
      loader.next();
      loader.next();
      assertThatThrownBy(loader::next)
          .isInstanceOf(FacetException.class)
          .hasMessage("face " + bad + ": damaged; replace it.");
      assertThatThrownBy(loader::next).hasMessage("the loader is closed");
    }
  }

  @Test
  void closingDoesNotWaitForTheBatchesAhead() throws InterruptedException {
    var started = new CountDownLatch(1);
    var data =
        withGenerator(
            (index, size, rgb) -> {
              started.countDown();
              try {
                Thread.sleep(30_000);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    var loader = new BatchLoader(source(data), 0, 0, 3, 1);
    started.await();
    long start = System.nanoTime();
    loader.close();
    assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
  }

  @Test
  void anInterruptedTrainerStopsWaiting() {
    var slow =
        withGenerator(
            (index, size, rgb) -> {
              try {
                Thread.sleep(30_000);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    try (var loader = new BatchLoader(source(slow), 0, 0, 1, 1)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(loader::next).hasMessage("interrupted while waiting for data.");
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}

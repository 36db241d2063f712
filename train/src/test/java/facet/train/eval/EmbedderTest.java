package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.kernels.cpu.CpuBackend;
import facet.nn.Layer;
import facet.tensor.Shape;
import facet.tensor.op.Reshape;
import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.GeneratedFaces;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmbedderTest {
  private static final int SIZE = 2;
  private static final int DIM = 3 * SIZE * SIZE;

  /// A network whose embedding are the pixels, so that mirrored images have other ones.
  private static final Layer PIXELS =
      (tape, x) -> tape.apply(new Reshape(Shape.of(x.shape().dim(0), DIM)), x);

  /// Images that are white on the left and black on the right.
  private static FaceDataset faces(int count) {
    var items = new ArrayList<FaceDataset.Item>();
    for (var i = 0; i < count; i++) {
      items.add(new FaceDataset.Item(i, "p" + i, Domain.EASY, "face " + i));
    }
    return new GeneratedFaces(
        items,
        (index, size, rgb) -> {
          for (var i = 0; i < DIM; i++) {
            rgb[i] = (byte) (i / 3 % SIZE == 0 ? 255 : 0);
          }
        });
  }

  @Test
  void xnormIsTheLengthOfOneEmbeddingNotOfTheSum() {
    try (var backend = new CpuBackend(1)) {
      for (var flip : List.of(true, false)) {
        var embedder = new Embedder(PIXELS, backend, SIZE, DIM, 2, flip);
        // all values are 1 or -1, plain and mirrored; the sum of both is 0
        assertThat(embedder.embed(faces(3), done -> {}).meanNorm())
            .isCloseTo(Math.sqrt(DIM), within(1e-5));
      }
    }
  }

  @Test
  void batchesMakeTheSameFeaturesAsAll() {
    try (var backend = new CpuBackend(1)) {
      var embedder = new Embedder(PIXELS, backend, SIZE, DIM, 2, false);
      var all = embedder.features(faces(5), done -> {});
      var seen = new ArrayList<Integer>();
      embedder.each(
          faces(5),
          done -> {},
          (from, count, rows) -> {
            seen.add(from);
            for (var i = 0; i < count * DIM; i++) {
              assertThat(rows[i]).isEqualTo(all[from * DIM + i]);
            }
          });
      assertThat(seen).containsExactly(0, 2, 4);
    }
  }

  @Test
  void moreValuesThanAnArrayHoldsAreRefusedBeforeTheFirstImage() {
    try (var backend = new CpuBackend(1)) {
      var embedder = new Embedder(PIXELS, backend, SIZE, Integer.MAX_VALUE / 2, 2, false);
      assertThatThrownBy(() -> embedder.embed(faces(3), done -> {}))
          .hasMessageContaining("3 embeddings of length 1,073,741,823 are more than the 2^31");
    }
  }
}

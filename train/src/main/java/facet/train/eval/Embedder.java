package facet.train.eval;

import facet.nn.Module;
import facet.tensor.Backend;
import facet.tensor.Tape;
import facet.train.data.FaceDataset;
import facet.train.data.batch.Augmentation;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.util.function.IntConsumer;

/// Runs a network over a data set.
///
/// @param size side of the network's input in pixels
/// @param dim length of an embedding
/// @param flipTest whether to add the embedding of the mirrored image (insightface's flip test)
public record Embedder(
    Module model, Backend backend, int size, int dim, int batch, boolean flipTest) {

  /// The normalised embeddings of all images, in the data set's order.
  ///
  /// @param progress called with the number of images done
  public Embeddings embed(FaceDataset data, IntConsumer progress) {
    return Embeddings.normalized(features(data, progress), dim);
  }

  /// The embeddings `[count, dim]` as the network gives them, with the flip test the sum of both.
  public float[] features(FaceDataset data, IntConsumer progress) {
    var plain = new float[data.size() * dim];
    var flipped = flipTest ? new float[plain.length] : plain;
    var pixels = new float[batch * size * size * 3];
    for (var from = 0; from < data.size(); from += batch) {
      var count = Math.min(batch, data.size() - from);
      forward(data, from, count, false, pixels, plain);
      if (flipTest) {
        forward(data, from, count, true, pixels, flipped);
      }
      progress.accept(from + count);
    }
    return flipTest ? Embeddings.sum(plain, flipped) : plain;
  }

  private void forward(
      FaceDataset data, int from, int count, boolean mirror, float[] pixels, float[] out) {
    var rgb = new byte[size * size * 3];
    for (var i = 0; i < count; i++) {
      data.load(from + i, size, rgb);
      Augmentation.normalise(rgb, size, mirror, pixels, i * rgb.length);
    }
    try (var tape = Tape.inference(backend)) {
      var x = tape.allocate(count, size, size, 3);
      backend.write(pixels, 0, x.storage(), x.size());
      var y = model.forward(tape, x);
      backend.read(y.storage(), out, from * dim, count * dim);
    }
    for (var i = 0; i < count * dim; i++) {
      if (!Float.isFinite(out[from * dim + i])) {
        throw new FacetException(
            ExitCode.DIVERGED,
            "The network's embedding of %s is not finite: its training has diverged; take an earlier checkpoint, or train with a lower --lr."
                .formatted(data.item(from + i / dim).source()));
      }
    }
  }
}

package facet.train.eval;

import facet.nn.Layer;
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
    Layer model, Backend backend, int size, int dim, int batch, boolean flipTest) {

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

  /// The embedding of one image, `size * size * 3` bytes of RGB; with the flip test both added.
  float[] features(byte[] rgb) {
    var pixels = new float[rgb.length];
    var plain = new float[dim];
    Augmentation.normalise(rgb, size, false, pixels, 0);
    forward(pixels, 1, plain, 0);
    requireFinite(plain, 0, "the image");
    if (!flipTest) {
      return plain;
    }
    var flipped = new float[dim];
    Augmentation.normalise(rgb, size, true, pixels, 0);
    forward(pixels, 1, flipped, 0);
    requireFinite(flipped, 0, "the image");
    return Embeddings.sum(plain, flipped);
  }

  private void forward(
      FaceDataset data, int from, int count, boolean mirror, float[] pixels, float[] out) {
    var rgb = new byte[size * size * 3];
    for (var i = 0; i < count; i++) {
      data.load(from + i, size, rgb);
      Augmentation.normalise(rgb, size, mirror, pixels, i * rgb.length);
    }
    forward(pixels, count, out, from * dim);
    for (var i = 0; i < count; i++) {
      requireFinite(out, from + i, data.item(from + i).source());
    }
  }

  private void forward(float[] pixels, int count, float[] out, int offset) {
    try (var tape = Tape.inference(backend)) {
      var x = tape.allocate(count, size, size, 3);
      backend.write(pixels, 0, x.storage(), x.size());
      var y = model.forward(tape, x);
      backend.read(y.storage(), out, offset, count * dim);
    }
  }

  private void requireFinite(float[] embeddings, int row, String source) {
    for (var i = row * dim; i < (row + 1) * dim; i++) {
      if (!Float.isFinite(embeddings[i])) {
        throw new FacetException(
            ExitCode.DIVERGED,
            "The network's embedding of "
                + source
                + " is not finite: its training has diverged; take an earlier checkpoint, or train"
                + " with a lower --lr.");
      }
    }
  }
}

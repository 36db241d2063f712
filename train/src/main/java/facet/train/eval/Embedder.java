package facet.train.eval;

import static facet.train.error.Printable.format;

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
  private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

  /// The normalised embeddings of all images, in the data set's order.
  ///
  /// @param progress called with the number of images done
  public Embeddings embed(FaceDataset data, IntConsumer progress) {
    var norms = new Norms(dim);
    var features = features(data, progress, norms);
    Embeddings.normalize(features, dim);
    return new Embeddings(features, dim, norms.mean());
  }

  /// The embeddings `[count, dim]` as the network gives them, with the flip test the sum of both.
  public float[] features(FaceDataset data, IntConsumer progress) {
    return features(data, progress, new Norms(dim));
  }

  private float[] features(FaceDataset data, IntConsumer progress, Norms norms) {
    if ((long) data.size() * dim > MAX_ELEMENTS) {
      throw FacetException.data(
          format(
              "%,d embeddings of length %,d are more than the 2^31 values that can be compared at"
                  + " once; take fewer people with --people.",
              data.size(), dim));
    }
    var all = new float[data.size() * dim];
    each(
        data,
        progress,
        norms,
        (from, count, rows) -> System.arraycopy(rows, 0, all, from * dim, count * dim));
    return all;
  }

  /// Takes the features of images `from` to `from + count - 1`, the first `count dim` of `rows`.
  @FunctionalInterface
  public interface Consumer<E extends Exception> {
    void accept(int from, int count, float[] rows) throws E;
  }

  /// As [#features(FaceDataset, IntConsumer)], batch by batch: of any number of images.
  public <E extends Exception> void each(
      FaceDataset data, IntConsumer progress, Consumer<E> consumer) throws E {
    each(data, progress, new Norms(dim), consumer);
  }

  private <E extends Exception> void each(
      FaceDataset data, IntConsumer progress, Norms norms, Consumer<E> consumer) throws E {
    var most = Math.min(batch, data.size());
    var rows = new float[most * dim];
    var mirrored = new float[flipTest ? rows.length : 0];
    var pixels = new float[most * size * size * 3];
    for (var from = 0; from < data.size(); from += most) {
      var count = Math.min(most, data.size() - from);
      forward(data, from, count, false, pixels, rows);
      norms.add(rows, count);
      if (flipTest) {
        forward(data, from, count, true, pixels, mirrored);
        norms.add(mirrored, count);
        for (var i = 0; i < count * dim; i++) {
          rows[i] += mirrored[i];
        }
      }
      consumer.accept(from, count, rows);
      progress.accept(from + count);
    }
  }

  /// The mean length of single embeddings, plain and mirrored ones: insightface's XNorm.
  private static final class Norms {
    private final int dim;
    private double total;
    private long count;

    Norms(int dim) {
      this.dim = dim;
    }

    void add(float[] rows, int number) {
      for (var row = 0; row < number; row++) {
        var squares = 0.0;
        for (var k = row * dim; k < (row + 1) * dim; k++) {
          squares += (double) rows[k] * rows[k];
        }
        total += Math.sqrt(squares);
      }
      count += number;
    }

    double mean() {
      return count == 0 ? 0 : total / count;
    }
  }

  private void forward(
      FaceDataset data, int from, int count, boolean mirror, float[] pixels, float[] out) {
    var rgb = new byte[size * size * 3];
    for (var i = 0; i < count; i++) {
      data.load(from + i, size, rgb);
      Augmentation.normalise(rgb, size, mirror, pixels, i * rgb.length);
    }
    forward(pixels, count, out);
    for (var i = 0; i < count; i++) {
      requireFinite(out, i, data.item(from + i).source());
    }
  }

  private void forward(float[] pixels, int count, float[] out) {
    try (var tape = Tape.inference(backend)) {
      var x = tape.allocate(count, size, size, 3);
      backend.write(pixels, 0, x.storage(), x.size());
      var y = model.forward(tape, x);
      backend.read(y.storage(), out, 0, count * dim);
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

package facet.train.eval;

import facet.nn.Module;
import facet.tensor.Backend;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.train.data.FaceDataset;
import java.util.function.IntConsumer;

/// Runs a network over a data set.
///
/// @param size side of the network's input in pixels
/// @param dim length of an embedding
/// @param flipTest whether to add the embedding of the mirrored image (insightface's flip test)
public record Embedder(Module model, Backend backend, int size, int dim, int batch, boolean flipTest) {

  /// The normalised embeddings of all images, in the data set's order.
  ///
  /// @param progress called with the number of images done
  public Embeddings embed(FaceDataset data, IntConsumer progress) {
    var plain = new float[data.size() * dim];
    var flipped = flipTest ? new float[plain.length] : plain;
    var rgb = new byte[size * size * 3];
    var pixels = new float[batch * rgb.length];
    for (var from = 0; from < data.size(); from += batch) {
      var count = Math.min(batch, data.size() - from);
      for (var i = 0; i < count; i++) {
        data.load(from + i, size, rgb);
        normalize(rgb, pixels, i * rgb.length);
      }
      forward(pixels, count, plain, from * dim);
      if (flipTest) {
        mirror(pixels, count);
        forward(pixels, count, flipped, from * dim);
      }
      progress.accept(from + count);
    }
    return flipTest
        ? Embeddings.flipTest(plain, flipped, dim)
        : Embeddings.normalized(plain, dim);
  }

  private void forward(float[] pixels, int count, float[] out, int offset) {
    try (var tape = Tape.inference(backend)) {
      var x = tape.allocate(Shape.of(count, size, size, 3));
      backend.write(pixels, 0, x.storage(), x.size());
      var y = model.forward(tape, x);
      backend.read(y.storage(), out, offset, count * dim);
    }
  }

  /// `(x / 255 - 0.5) / 0.5`, the field's range [-1, 1].
  private static void normalize(byte[] rgb, float[] out, int offset) {
    for (var i = 0; i < rgb.length; i++) {
      out[offset + i] = (rgb[i] & 0xff) / 127.5f - 1;
    }
  }

  /// Swaps left and right in every image.
  private void mirror(float[] pixels, int count) {
    for (var row = 0; row < count * size; row++) {
      for (int left = 0, right = size - 1; left < right; left++, right--) {
        for (var c = 0; c < 3; c++) {
          int a = (row * size + left) * 3 + c;
          int b = (row * size + right) * 3 + c;
          var t = pixels[a];
          pixels[a] = pixels[b];
          pixels[b] = t;
        }
      }
    }
  }
}

package facet.train.run;

import facet.nn.NonFiniteException;
import facet.nn.io.DType;
import facet.nn.io.SafetensorsReader;
import facet.nn.io.SafetensorsWriter;
import facet.nn.io.WeightFileException;
import facet.nn.loss.ClassShards;
import facet.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.Locale;

/// The head's matrix and its momentum in a checkpoint, which one process writes and reads as any
/// other, though in training no rank has the whole: it is written piece by piece, and each rank
/// reads its own part.
///
/// @param gather brings elements from where they are
public record ShardedHeadFile(ClassShards classes, Gather gather) {
  private static final int PIECE = 1 << 20;

  /// Puts elements of the whole matrix into `target`.
  @FunctionalInterface
  public interface Gather {
    /// @param ofMomentum of the momentum, else of the weights
    /// @param first the number of the first element
    void into(boolean ofMomentum, int first, float[] target);
  }

  /// `[classes, d]`.
  public Shape shape() {
    return Shape.of(classes.classes(), classes.d());
  }

  void save(SafetensorsWriter writer, String weight, String momentum) {
    for (var ofMomentum : new boolean[] {false, true}) {
      var name = ofMomentum ? momentum : weight;
      writer.add(name, DType.F32, shape(), (first, chunk) -> fill(name, ofMomentum, first, chunk));
    }
  }

  private void fill(String name, boolean ofMomentum, int first, ByteBuffer chunk) {
    var values = new float[chunk.remaining() / Float.BYTES];
    gather.into(ofMomentum, first, values);
    var at = NonFiniteException.find(values);
    if (at >= 0) {
      throw new NonFiniteException(
          String.format(Locale.ROOT, "'%s' is %s at element %d", name, values[at], first + at));
    }
    chunk.asFloatBuffer().put(values);
  }

  /// Sees, before anything is changed, that tensors of a file can be loaded.
  void requireFinite(SafetensorsReader reader, String... names) throws WeightFileException {
    for (var name : names) {
      var length = reader.tensor(name).shape().size();
      var values = new float[Math.min(PIECE, length)];
      for (var first = 0; first < length; first += PIECE) {
        var count = Math.min(PIECE, length - first);
        reader.read(name, first, values, 0, count);
        var at = NonFiniteException.find(values);
        if (at >= 0) {
          throw new WeightFileException(
              reader.file(),
              String.format(
                  Locale.ROOT,
                  "'%s' is %s at element %d: the training that wrote it had diverged",
                  name,
                  values[at],
                  first + at));
        }
      }
    }
  }

  /// Takes this rank's part over: of the weights, and of the momentum if that is named, too.
  void load(SafetensorsReader reader, String weight, String... momentum)
      throws WeightFileException {
    load(reader, weight, false);
    for (var name : momentum) {
      load(reader, name, true);
    }
  }

  private void load(SafetensorsReader reader, String name, boolean ofMomentum)
      throws WeightFileException {
    classes.<WeightFileException>load(
        ofMomentum, (first, target, length) -> reader.read(name, first, target, 0, length));
  }
}

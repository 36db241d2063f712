package facet.train.run;

import static facet.train.error.Printable.format;

import facet.nn.NonFiniteException;
import facet.nn.io.DType;
import facet.nn.io.SafetensorsReader;
import facet.nn.io.SafetensorsWriter;
import facet.nn.io.WeightFileException;
import facet.nn.loss.ClassShards;
import facet.nn.loss.HeadMatrix;
import facet.nn.optim.Optimizer;
import facet.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The head's matrix and its moments in a checkpoint, which one process writes and reads as any
/// other, though in training no rank has the whole: they are written piece by piece, and each rank
/// reads its own part.
///
/// @param gather brings elements from where they are
public record ShardedHeadFile(ClassShards classes, Gather gather) {
  /// The name of the weights.
  static final String WEIGHT = "head.weight";

  private static final int PIECE = 1 << 20;

  /// Puts elements of a whole matrix into `target`.
  @FunctionalInterface
  public interface Gather {
    /// @param first the number of the first element
    void into(HeadMatrix which, long first, float[] target);
  }

  /// `[classes, d]`.
  public Shape shape() {
    return Shape.inFile(classes.classes(), classes.d());
  }

  /// Where a matrix stands in the file: the moments as those of the other parameters.
  static String name(HeadMatrix which) {
    return switch (which) {
      case WEIGHT -> WEIGHT;
      case MOMENTUM -> Checkpoint.OPTIMIZER + WEIGHT;
      case SQUARES -> Checkpoint.OPTIMIZER + Optimizer.SQUARES + WEIGHT;
    };
  }

  /// The shapes of the moments, by the rest of their names behind `prefix`.
  Map<String, Shape> moments(String prefix) {
    return classes.matrices().stream()
        .filter(which -> which != HeadMatrix.WEIGHT)
        .collect(Collectors.toMap(w -> name(w).substring(prefix.length()), w -> shape()));
  }

  void save(SafetensorsWriter writer) {
    for (var which : classes.matrices()) {
      writer.add(name(which), DType.F32, shape(), (first, chunk) -> fill(which, first, chunk));
    }
  }

  private void fill(HeadMatrix which, long first, ByteBuffer chunk) {
    var values = new float[chunk.remaining() / Float.BYTES];
    gather.into(which, first, values);
    var at = NonFiniteException.find(values);
    if (at >= 0) {
      throw new NonFiniteException(
          format("'%s' is %s at element %d", name(which), values[at], first + at));
    }
    chunk.asFloatBuffer().put(values);
  }

  /// Sees, before anything is changed, that matrices of a file can be loaded.
  void requireFinite(SafetensorsReader reader, Set<HeadMatrix> matrices)
      throws WeightFileException {
    for (var which : matrices) {
      var name = name(which);
      var length = reader.tensor(name).shape().elements();
      var values = new float[(int) Math.min(PIECE, length)];
      for (var first = 0L; first < length; first += PIECE) {
        var count = (int) Math.min(PIECE, length - first);
        reader.read(name, first, values, 0, count);
        var at = NonFiniteException.find(values);
        if (at >= 0) {
          throw new WeightFileException(
              reader.file(),
              format(
                  "'%s' is %s at element %d: the training that wrote it had diverged",
                  name, values[at], first + at));
        }
      }
    }
  }

  /// Takes this rank's part of matrices over.
  void load(SafetensorsReader reader, Set<HeadMatrix> matrices) throws WeightFileException {
    for (var which : matrices) {
      classes.<WeightFileException>load(
          which, (first, target, length) -> reader.read(name(which), first, target, 0, length));
    }
  }
}

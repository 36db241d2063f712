package facet.train.eval;

import facet.kernels.Devices;
import facet.nn.NetworkFile.Hints;
import facet.tensor.Backend;
import facet.tensor.Scope;
import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.GeneratedFaces;
import facet.train.data.image.ImageDecoder;
import facet.train.data.image.RgbImage;
import facet.train.run.Checkpoint;
import java.nio.file.Path;
import java.util.List;

/// Turns aligned faces into embeddings, in a program of one's own:
///
/// ```java
/// try (var embedder = FaceEmbedder.open(Path.of("network.safetensors"))) {
///   var anna = embedder.embed(Path.of("anna.jpg"));
///   var ben = embedder.embed(Path.of("ben.jpg"));
///   System.out.println(embedder.similarity(anna, ben));
/// }
/// ```
///
/// It takes every network that `--checkpoint` takes. It may be used by several threads: one image
/// is computed at a time, on all cores.
public final class FaceEmbedder implements AutoCloseable {
  private final Backend backend;
  private final Scope scope;
  private final Embedder embedder;

  /// @param values of length 1
  /// @param norm the length before, a measure of the image's quality with networks trained by
  ///     AdaFace or MagFace
  public record Embedding(float[] values, float norm) {}

  private FaceEmbedder(Path network, Hints hints, String device) {
    backend = Devices.open(device, 0);
    scope = Scope.on(backend);
    try {
      var trained = Checkpoint.network(network, hints, scope);
      var spec = trained.spec();
      embedder =
          new Embedder(trained.folded(scope), backend, spec.size(), spec.embedding(), 1, true);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Opens a network on the best device there is.
  ///
  /// @throws facet.train.error.FacetException if the file is no network
  /// @throws facet.kernels.DeviceException if this JVM cannot compute
  public static FaceEmbedder open(Path network) {
    return open(network, Hints.NONE, "auto");
  }

  /// @param hints what the file of a network that others trained does not say
  /// @param device `auto`, `cpu`, `cuda` or `cuda:N`
  public static FaceEmbedder open(Path network, Hints hints, String device) {
    return new FaceEmbedder(network, hints, device);
  }

  /// The embedding of an image file.
  ///
  /// @throws facet.train.error.FacetException if it is no image
  public Embedding embed(Path image) {
    return embed(ImageDecoder.decode(image));
  }

  /// The embedding of an image, which is resized to the network's input; the mean of those of the
  /// image and its mirror image.
  public Embedding embed(RgbImage image) {
    var face =
        new GeneratedFaces(
            List.of(new FaceDataset.Item(0, "", Domain.EASY, "the image")),
            (index, size, rgb) -> image.toSquare(size, rgb));
    float[] values;
    synchronized (this) {
      values = embedder.features(face, done -> {});
    }
    var norm = Embeddings.normalize(values, embedder.dim())[0] / 2; // of a sum of two
    return new Embedding(values, norm);
  }

  /// The cosine of the angle between two embeddings, from -1 to 1; high for one person.
  public float similarity(Embedding a, Embedding b) {
    var sum = 0f;
    for (var k = 0; k < a.values.length; k++) {
      sum += a.values[k] * b.values[k];
    }
    return sum;
  }

  @Override
  public synchronized void close() {
    scope.close();
    backend.close();
  }
}

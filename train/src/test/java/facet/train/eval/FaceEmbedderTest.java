package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.nn.IResNet;
import facet.nn.IResNetSpec;
import facet.nn.NetworkFile.Hints;
import facet.nn.Parameters;
import facet.tensor.Scope;
import facet.tensor.reference.ReferenceBackend;
import facet.train.data.image.RgbImage;
import facet.train.error.FacetException;
import facet.train.run.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaceEmbedderTest {
  @TempDir private Path folder;
  private Path network;

  @BeforeEach
  void saveANetwork() {
    var spec = new IResNetSpec("small", List.of(1, 1), 4, 16, 8, 0);
    network = folder.resolve("network.safetensors");
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 1);
      var made = new IResNet(parameters, spec);
      Checkpoint.save(
          network, new Checkpoint.State(parameters.all(), List.of()), made.spec().toMetadata());
    }
  }

  private static RgbImage noise(long seed) {
    var rgb = new byte[3 * 20 * 20];
    new Random(seed).nextBytes(rgb);
    return new RgbImage(20, 20, rgb);
  }

  @Test
  void embeddingsHaveLengthOneAndTheMirrorImageHasTheSame() {
    try (var embedder = FaceEmbedder.open(network, Hints.NONE, "cpu")) {
      var a = embedder.embed(noise(1));
      assertThat(a.values()).hasSize(8);
      assertThat(embedder.similarity(a, a)).isCloseTo(1, within(1e-5f));
      assertThat(a.norm()).isPositive();
      var mirrored = embedder.embed(mirror(noise(1)));
      assertThat(embedder.similarity(a, mirrored)).isCloseTo(1, within(1e-4f));
      assertThat(mirrored.norm()).isCloseTo(a.norm(), within(1e-3f * a.norm()));
      assertThat(embedder.similarity(a, embedder.embed(noise(2)))).isLessThan(0.9999f);
    }
  }

  private static RgbImage mirror(RgbImage image) {
    var width = image.width();
    var rgb = new byte[image.rgb().length];
    for (var i = 0; i < rgb.length; i++) {
      var pixel = i / 3;
      var from = pixel / width * width + (width - 1 - pixel % width);
      rgb[i] = image.rgb()[3 * from + i % 3];
    }
    return new RgbImage(width, image.height(), rgb);
  }

  @Test
  void threadsGetWhatOneGets() throws Exception {
    try (var embedder = FaceEmbedder.open(network, Hints.NONE, "cpu");
        var threads = Executors.newFixedThreadPool(4)) {
      var alone = embedder.embed(noise(7)).values();
      Callable<float[]> work = () -> embedder.embed(noise(7)).values();
      for (var result : threads.invokeAll(java.util.Collections.nCopies(40, work))) {
        assertThat(result.get()).isEqualTo(alone);
      }
    }
  }

  @Test
  void whatIsNoNetworkOrNoImageIsNamed() {
    var none = folder.resolve("none.safetensors");
    assertThatThrownBy(() -> FaceEmbedder.open(none))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("there is no such file");
    try (var embedder = FaceEmbedder.open(network, Hints.NONE, "cpu")) {
      assertThatThrownBy(() -> embedder.embed(none))
          .isInstanceOf(FacetException.class)
          .hasMessageContaining("no such file");
    }
  }
}

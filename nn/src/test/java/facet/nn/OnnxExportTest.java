package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import facet.nn.OnnxExport.Layout;
import facet.nn.OnnxExport.Options;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.kernel.CounterRandom;
import facet.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// ONNX Runtime computes from an exported network what the network computes.
class OnnxExportTest {
  private static final int SIDE = 20;

  @TempDir private Path folder;

  static Stream<Arguments> everyNetworkAndOption() {
    return Stream.concat(
            Stream.of(IResNetVariant.values()).map(OnnxExportTest::iresnet),
            Stream.of(new MobileFaceNetSpec("small", List.of(1, 2, 1, 1), 8, 8, SIDE, 6)))
        .flatMap(
            spec ->
                Stream.of(Layout.values())
                    .flatMap(
                        layout ->
                            Stream.of(true, false)
                                .flatMap(
                                    pixels ->
                                        Stream.of(true, false)
                                            .map(
                                                folded ->
                                                    Arguments.of(
                                                        spec,
                                                        new Options(layout, pixels, folded))))));
  }

  private static NetworkSpec iresnet(IResNetVariant variant) {
    return new IResNetSpec("small", variant, List.of(1, 2, 2), 4, SIDE, 6, 0.4);
  }

  @ParameterizedTest
  @MethodSource("everyNetworkAndOption")
  void onnxRuntimeAgrees(NetworkSpec spec, Options options) throws IOException, OrtException {
    var file = folder.resolve("network.onnx");
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 1);
      var network = spec.build(parameters);
      shake(parameters.all());
      OnnxExport.write(file, spec, parameters.all(), options);
      var environment = OrtEnvironment.getEnvironment();
      try (var session = environment.createSession(file.toString())) {
        assertThat(session.getMetadata().getProducerName()).isEqualTo("facet");
        assertThat(session.getMetadata().getCustomMetadata()).containsEntry("model", "small");
        var axes =
            options.layout() == Layout.NCHW
                ? new long[] {-1, 3, SIDE, SIDE}
                : new long[] {-1, SIDE, SIDE, 3};
        var input = (TensorInfo) session.getInputInfo().get("images").getInfo();
        assertThat(input.getShape()).containsExactly(axes);
        for (var batch : new int[] {1, 3, 32}) {
          agrees(network, backend, environment, session, options, batch);
        }
      }
    }
  }

  private static void agrees(
      Network network,
      ReferenceBackend backend,
      OrtEnvironment environment,
      OrtSession session,
      Options options,
      int batch)
      throws OrtException {
    var pixels = new float[batch * SIDE * SIDE * 3]; // NHWC
    var normalised = new float[pixels.length];
    for (var i = 0; i < pixels.length; i++) {
      pixels[i] = CounterRandom.mix(i + batch) & 255;
      normalised[i] = (pixels[i] - 127.5f) / 127.5f;
    }
    var images = options.pixels() ? pixels : normalised;
    var axes = new long[] {batch, SIDE, SIDE, 3};
    if (options.layout() == Layout.NCHW) {
      images = toNchw(images, batch);
      axes = new long[] {batch, 3, SIDE, SIDE};
    }
    try (var x = OnnxTensor.createTensor(environment, FloatBuffer.wrap(images), axes);
        var results = session.run(Map.of("images", x));
        var tape = Tape.inference(backend)) {
      var actual = (float[][]) results.get("embeddings").orElseThrow().getValue();
      var y = network.forward(tape, tape.of(Shape.of(batch, SIDE, SIDE, 3), normalised));
      var expected = y.toFloats();
      assertThat(actual).hasDimensions(batch, network.spec().embedding());
      for (var i = 0; i < expected.length; i++) {
        var value = actual[i / network.spec().embedding()][i % network.spec().embedding()];
        assertThat(Math.abs(value - expected[i])).isLessThan(1e-4f * (1 + Math.abs(expected[i])));
      }
    }
  }

  private static float[] toNchw(float[] nhwc, int batch) {
    var result = new float[nhwc.length];
    var pixels = SIDE * SIDE;
    for (var i = 0; i < nhwc.length; i++) {
      var image = i / (3 * pixels);
      var pixel = i / 3 % pixels;
      result[(image * 3 + i % 3) * pixels + pixel] = nhwc[i];
    }
    assertThat(result).hasSize(3 * pixels * batch);
    return result;
  }

  /// Moves every weight and statistic away from its default.
  private static void shake(List<Parameter> parameters) {
    var seed = 0;
    for (var p : parameters) {
      if (p.value().shape().rank() == 1) {
        var random = Initializer.normal(0.2).values(p.value().shape(), ++seed);
        var values = p.value().toFloats();
        for (var i = 0; i < values.length; i++) {
          values[i] =
              p.name().endsWith("running_var") ? 1 + Math.abs(random[i]) : values[i] + random[i];
        }
        p.value().set(values);
      }
    }
  }
}

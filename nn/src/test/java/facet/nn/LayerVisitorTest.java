package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;

import facet.nn.BatchNormalization.Trained;
import facet.tensor.Scope;
import facet.tensor.reference.ReferenceBackend;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What a spec shows its visitors is the network that it builds.
class LayerVisitorTest {
  /// Counts the parameters of every layer; running statistics are none.
  private record Counter(Map<String, Long> counts) implements LayerVisitor<Boolean> {
    static Map<String, Long> of(NetworkSpec spec) {
      var counter = new Counter(new LinkedHashMap<>());
      spec.visit(counter, true);
      return counter.counts;
    }

    private boolean add(String name, long parameters) {
      counts.put(name, parameters);
      return true;
    }

    @Override
    public Boolean convolution(String name, int in, int out, int kernel, int stride, Boolean x) {
      return add(name, (long) kernel * kernel * in * out);
    }

    @Override
    public Boolean groupedConvolution(
        String name, int channels, int groups, int kernel, int stride, int pad, Boolean x) {
      return add(name, (long) kernel * kernel * channels * channels / groups);
    }

    @Override
    public Boolean norm(String name, int channels, Trained trained, Boolean x) {
      return add(name, trained == Trained.NONE ? 0 : 2L * channels);
    }

    @Override
    public Boolean prelu(String name, int channels, Boolean x) {
      return add(name, channels);
    }

    @Override
    public Boolean subsample(int stride, Boolean x) {
      return x;
    }

    @Override
    public Boolean add(Boolean x, Boolean shortcut) {
      return x;
    }

    @Override
    public Boolean linear(String name, int in, int out, boolean biased, Boolean x) {
      return add(name, (in + (biased ? 1L : 0)) * out);
    }

    @Override
    public Boolean globalAverage(String name, Boolean x) {
      return x;
    }

    @Override
    public Boolean relu(String name, Boolean x) {
      return x;
    }

    @Override
    public Boolean sigmoid(String name, Boolean x) {
      return x;
    }

    @Override
    public Boolean scaleChannels(String name, Boolean x, Boolean factors) {
      return x;
    }
  }

  /// The parameters of insightface's networks, TFace's, and InsightFace_Pytorch's.
  @ParameterizedTest
  @CsvSource({
    "iresnet18, 24025600",
    "iresnet34, 34139328",
    "iresnet50, 43590848",
    "iresnet100, 65156160",
    "iresnet200, 118833920",
    "ir18, 24020352",
    "ir34, 34134080",
    "ir50, 43585600",
    "ir101, 65150912",
    "irse50, 43797696",
    "mobilefacenet, 2059520",
    "mobilefacenet-large, 6314880"
  })
  void sizesAreThePublishedOnes(String name, long parameters) {
    var spec = NetworkSpec.named(name);
    assertThat(spec).isNotNull();
    var counts = Counter.of(spec).values();
    assertThat(counts.stream().mapToLong(Long::longValue).sum()).isEqualTo(parameters);
  }

  @ParameterizedTest
  @MethodSource("facet.nn.NetworkFileTest#small")
  void layersAreThoseOfTheNetwork(NetworkSpec spec) {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      assertThat(spec.build(parameters).spec()).isEqualTo(spec);
      var actual = new LinkedHashMap<String, Long>();
      for (var p : parameters.all()) {
        if (!p.name().contains("running")) {
          var layer = p.name().substring(0, p.name().lastIndexOf('.'));
          actual.merge(layer, (long) p.value().size(), Long::sum);
        }
      }
      var expected = Counter.of(spec);
      expected.values().remove(0L); // a norm of nothing but statistics
      assertThat(expected).containsExactlyEntriesOf(actual);
    }
  }
}

package facet.train.config;

import facet.nn.NetworkSpec;
import facet.train.error.FacetException;
import java.nio.file.Path;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The network: a model by its name, or that of `--init`, changed by the single options.
public final class NetworkOptions {
  @Option(
      names = "--model",
      paramLabel = "MODEL",
      completionCandidates = Models.class,
      description =
          "iresnet-tiny, iresnet18, iresnet34, iresnet50, iresnet100, iresnet200, mobilefacenet or"
              + " mobilefacenet-large (insightface's); ir18, ir34, ir50 or ir101 (TFace's,"
              + " AdaFace's); irse50 or irse101 (InsightFace_Pytorch's). Default: that of --init,"
              + " else iresnet-tiny.")
  public @Nullable String model;

  @Option(
      names = "--depths",
      paramLabel = "A,B,C,D",
      description = "Blocks of each stage, instead of the model's own.")
  public @Nullable String depths;

  @Option(
      names = "--width",
      paramLabel = "N",
      description = "Channels of the first stage (each next one has twice as many).")
  public @Nullable Integer width;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "Side of the input images; others are resized.")
  public @Nullable Integer size;

  @Option(names = "--embedding", paramLabel = "N", description = "Length of an embedding.")
  public @Nullable Integer embedding;

  @Option(names = "--dropout", paramLabel = "RATE", description = "Dropout before the last layer.")
  public @Nullable Double dropout;

  @Mixin public ForeignOptions foreign = new ForeignOptions();

  /// The dimensions of the network in `init`, null if there is none.
  public @Nullable NetworkSpec foundIn(@Nullable Path init) {
    if (init != null) {
      try (var found = foreign.open(init, size)) {
        return found.spec();
      }
    }
    if (foreign.channels != null) {
      throw FacetException.usage("--channels is about the network of --init; leave it out.");
    }
    return null;
  }

  /// The network's dimensions.
  ///
  /// @param found the base if no model is named; null for the default model
  public NetworkSpec spec(@Nullable NetworkSpec found) {
    var base = model == null && found != null ? found : named();
    try {
      return base.with(
          depths == null ? base.depths() : Checks.integers("depths", depths),
          width == null ? base.width() : width,
          size == null ? base.size() : size,
          embedding == null ? base.embedding() : embedding,
          dropout == null ? base.dropout() : dropout);
    } catch (IllegalArgumentException e) {
      throw FacetException.usage(e.getMessage() + ".");
    }
  }

  private NetworkSpec named() {
    var name = model == null ? "iresnet-tiny" : model;
    var named = NetworkSpec.named(name);
    if (named == null) {
      throw Checks.wrong("model", name, "one of " + String.join(", ", NetworkSpec.names()));
    }
    return named;
  }

  /// For the completion of `--model`.
  static final class Models implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return NetworkSpec.names().iterator();
    }
  }
}

package facet.train.config;

import facet.nn.NetworkFile;
import facet.nn.NetworkFile.Channels;
import facet.nn.NetworkFile.Hints;
import facet.train.error.FacetException;
import facet.train.run.Checkpoint;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What the file of a network that others trained does not say of it.
public final class ForeignOptions {
  @Option(
      names = "--channels",
      paramLabel = "ORDER",
      description =
          "The order of colours that a network of PyTorch's was trained with: rgb, or bgr as"
              + " AdaFace's. Default: rgb.")
  public @Nullable Channels channels;

  /// @param size side of the input, null for what fits the weights
  public Hints hints(@Nullable Integer size) {
    return new Hints(channels == null ? Channels.RGB : channels, size);
  }

  /// As [#open], of a network whose size is not to be changed: Facet's own files say it.
  public NetworkFile openAsIs(Path file, @Nullable Integer size) {
    var network = open(file, size);
    if (size != null && !network.isForeign()) {
      network.close();
      throw FacetException.usage(
          file + " says itself what size its images have; leave --size out.");
    }
    return network;
  }

  /// The network in `file`.
  ///
  /// @param size as for [#hints]
  public NetworkFile open(Path file, @Nullable Integer size) {
    var network = Checkpoint.open(file, hints(size));
    if (channels != null && !network.isForeign()) {
      network.close();
      throw FacetException.usage(
          file + " is a network of Facet's, which takes RGB; leave --channels out.");
    }
    return network;
  }
}

package facet.nn;

import facet.nn.BatchNormalization.Trained;

/// Visits the layers of a network in the order of computation ([NetworkSpec#visit]), with the names
/// of their weights, and computes something from each: a shape, a node of a graph. So the structure
/// of a network is written down once, in its spec.
///
/// @param <T> what stands for an intermediate result
public interface LayerVisitor<T> {
  /// A convolution without bias, padded by half its kernel.
  T convolution(String name, int in, int out, int kernel, int stride, T x);

  /// A convolution in groups without bias, with as many channels out as in.
  T groupedConvolution(String name, int channels, int groups, int kernel, int stride, int pad, T x);

  T norm(String name, int channels, Trained trained, T x);

  /// The slopes are `name.weight`.
  T prelu(String name, int channels, T x);

  /// Every `stride`-th pixel.
  T subsample(int stride, T x);

  T add(T x, T shortcut);

  /// A linear layer over all of the image, channel by channel.
  T linear(String name, int in, int out, boolean biased, T x);

  /// The mean of each channel, an image of one pixel. `name` is of the part of the network that it
  /// belongs to, here and below.
  T globalAverage(String name, T x);

  T relu(String name, T x);

  T sigmoid(String name, T x);

  /// Each channel of `x` times its own of `factors`, an image of one pixel.
  T scaleChannels(String name, T x, T factors);
}

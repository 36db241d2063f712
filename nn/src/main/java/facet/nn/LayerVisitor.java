package facet.nn;

import facet.nn.BatchNormalization.Trained;

/// Visits the layers of a network in the order of computation ([IResNetSpec#visit]), with the names
/// of their weights, and computes something from each: a shape, a node of a graph. So the structure
/// of a network is written down once, in its spec.
///
/// @param <T> what stands for an intermediate result
public interface LayerVisitor<T> {
  /// A convolution without bias, padded by half its kernel.
  T convolution(String name, int in, int out, int kernel, int stride, T x);

  T norm(String name, int channels, Trained trained, T x);

  /// The slopes are `name.weight`.
  T prelu(String name, int channels, T x);

  /// Every `stride`-th pixel.
  T subsample(int stride, T x);

  T add(T x, T shortcut);

  /// A linear layer with bias over all of the image, channel by channel.
  T linear(String name, int in, int out, T x);
}

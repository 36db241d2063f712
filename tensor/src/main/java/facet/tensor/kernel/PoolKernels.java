package facet.tensor.kernel;

import facet.tensor.Storage;

/// 2-d pooling over NHWC images.
public interface PoolKernels {
  /// @param argmax integers `[n, oh, ow, c]`: the row-major position `iy * w + ix` of each maximum
  ///     in its image; the first one on ties
  void maxForward(Pool2dShape s, Storage x, Storage y, Storage argmax);

  void maxBackward(Pool2dShape s, Storage dy, Storage argmax, Storage dx);

  /// The mean over the part of the window inside the image.
  void averageForward(Pool2dShape s, Storage x, Storage y);

  void averageBackward(Pool2dShape s, Storage dy, Storage dx);
}

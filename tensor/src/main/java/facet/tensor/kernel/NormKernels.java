package facet.tensor.kernel;

import facet.tensor.Storage;
import org.jspecify.annotations.Nullable;

/// Batch normalisation (Ioffe and Szegedy 2015) of `[rows, channels]`, an NHWC image with its first
/// three axes taken together, fused with what follows it in a residual network:
///
///     z = gamma * (x - mean) / sqrt(var + eps) + beta
///     y = z                                     without slope and residual
///     y = z if z > 0, else slope[c] * z         with slope (PReLU, He et al. 2015)
///     y = z + residual                          with residual (not together with slope)
public interface NormKernels {
  /// With the batch's statistics, of at least one row.
  ///
  /// @param running running mean and variance, updated as
  ///     `running = (1 - momentum) * running + momentum * batch`, the variance unbiased (rows - 1;
  ///     the biased one for a single row)
  /// @param mean out, `[channels]`: the batch mean
  /// @param invStd out, `[channels]`: `1 / sqrt(var + eps)` with the biased batch variance
  void forwardTraining(
      int rows,
      int channels,
      Storage x,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope,
      @Nullable Storage residual,
      double eps,
      Running running,
      Storage mean,
      Storage invStd,
      Storage y);

  /// With given statistics.
  void forwardInference(
      int rows,
      int channels,
      Storage x,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope,
      @Nullable Storage residual,
      double eps,
      Storage runningMean,
      Storage runningVar,
      Storage y);

  /// Backward of [#forwardTraining]. With `dz = dy` (or `dy * (z > 0 ? 1 : slope)`),
  /// `xhat = (x - mean) * invStd`:
  ///
  ///     dbeta = sum dz     dgamma = sum dz * xhat     dslope = sum dy * z * [z <= 0]
  ///     dx    = gamma * invStd * (dz - dbeta / rows - xhat * dgamma / rows)
  ///
  /// The gradient of the residual is `dy` itself.
  ///
  /// @param batchStatistics false if `mean` and `invStd` were constants (inference statistics):
  ///     then `dx = gamma * invStd * dz`
  /// @param dx out, may be `dy`
  /// @param dslope out, null exactly if `slope` is
  void backward(
      int rows,
      int channels,
      boolean batchStatistics,
      Storage x,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope,
      Storage mean,
      Storage invStd,
      Storage dy,
      Storage dx,
      Storage dgamma,
      Storage dbeta,
      @Nullable Storage dslope);

  /// `invStd = 1 / sqrt(var + eps)`, elementwise over `[channels]`.
  void inverseStd(int channels, Storage var, double eps, Storage invStd);

  /// The running statistics and the weight of a new batch in them.
  record Running(Storage mean, Storage var, double momentum) {}
}

package facet.tensor.kernel;

import facet.tensor.Storage;
import org.jspecify.annotations.Nullable;

/// Batch normalisation (Ioffe and Szegedy 2015) of the columns of `x [rows, channels]`, an NHWC
/// image with its first three axes taken together, fused with what follows it in a residual
/// network:
///
///     z = gamma * (x - mean) / sqrt(var + eps) + beta
///     y = z                                     without slope and residual
///     y = z if z > 0, else slope[c] * z         with slope (PReLU, He et al. 2015)
///     y = z + residual                          with residual (not together with slope)
public interface NormKernels {
  /// What is done to normalised values: scale, shift and what is fused with them. All but the
  /// residual are `[channels]`.
  ///
  /// @param residual `[rows, channels]`; backward does not read it
  record Epilogue(
      Storage gamma, Storage beta, @Nullable Storage slope, @Nullable Storage residual) {
    /// The normalisation alone.
    public Epilogue(Storage gamma, Storage beta) {
      this(gamma, beta, null, null);
    }

    public Epilogue thenPRelu(Storage channelSlope) {
      return new Epilogue(gamma, beta, channelSlope, null);
    }

    public Epilogue thenAdd(Storage other) {
      return new Epilogue(gamma, beta, null, other);
    }
  }

  /// Mean and variance over many batches, and what is added to a variance before its root is taken.
  record Running(Storage mean, Storage var, double eps) {}

  /// What values are normalised by, `[channels]` each: `xhat = (x - mean) * invStd`.
  record Statistics(Storage mean, Storage invStd) {}

  /// The gradients of an [Epilogue].
  ///
  /// @param dslope null exactly if the epilogue's slope is
  record EpilogueGradient(Storage dgamma, Storage dbeta, @Nullable Storage dslope) {}

  /// With the batch's statistics, of at least one row.
  ///
  /// @param running updated as `running = (1 - momentum) * running + momentum * batch`, the
  ///     variance unbiased (rows - 1; the biased one for a single row)
  /// @param batch out: the batch mean, and `1 / sqrt(var + eps)` with the biased batch variance
  void forwardTraining(
      Matrix x, Epilogue epilogue, Running running, double momentum, Statistics batch, Storage y);

  /// With the running statistics.
  void forwardInference(Matrix x, Epilogue epilogue, Running running, Storage y);

  /// Backward of [#forwardTraining]. With `dz = dy` (or `dy * (z > 0 ? 1 : slope)`),
  /// `xhat = (x - mean) * invStd`:
  ///
  ///     dbeta = sum dz     dgamma = sum dz * xhat     dslope = sum dy * z * [z <= 0]
  ///     dx    = gamma * invStd * (dz - dbeta / rows - xhat * dgamma / rows)
  ///
  /// The gradient of the residual is `dy` itself.
  ///
  /// @param ofBatch false if the statistics were constants (inference): then
  ///     `dx = gamma * invStd * dz`
  /// @param dx out, may be `dy`
  /// @param parameters out
  void backward(
      Matrix x,
      Epilogue epilogue,
      Statistics statistics,
      boolean ofBatch,
      Storage dy,
      Storage dx,
      EpilogueGradient parameters);

  /// `invStd = 1 / sqrt(var + eps)`, elementwise over `[channels]`.
  void inverseStd(int channels, Running running, Storage invStd);
}

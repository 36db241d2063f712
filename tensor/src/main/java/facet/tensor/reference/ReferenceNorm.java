package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.NormKernels;
import org.jspecify.annotations.Nullable;

/// [NormKernels], one channel after the other.
final class ReferenceNorm implements NormKernels {
  @Override
  public void forwardTraining(
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
      Storage y) {
    var in = DoubleStorage.of(x);
    for (var c = 0; c < channels; c++) {
      var sum = 0.0;
      for (var r = 0; r < rows; r++) {
        sum += in.get(r * channels + c);
      }
      var m = sum / rows;
      var squares = 0.0;
      for (var r = 0; r < rows; r++) {
        squares += Math.pow(in.get(r * channels + c) - m, 2);
      }
      DoubleStorage.of(mean).set(c, m);
      DoubleStorage.of(invStd).set(c, 1 / Math.sqrt(squares / rows + eps));
      update(running.mean(), running.momentum(), c, m);
      update(running.var(), running.momentum(), c, squares / Math.max(rows - 1, 1));
    }
    normalize(rows, channels, x, gamma, beta, slope, residual, mean, invStd, y);
  }

  private static void update(Storage running, double momentum, int c, double batch) {
    var statistic = DoubleStorage.of(running);
    statistic.set(c, (1 - momentum) * statistic.get(c) + momentum * batch);
  }

  @Override
  public void forwardInference(
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
      Storage y) {
    var invStd = DoubleStorage.allocate(channels);
    inverseStd(channels, runningVar, eps, invStd);
    normalize(rows, channels, x, gamma, beta, slope, residual, runningMean, invStd, y);
  }

  private static void normalize(
      int rows,
      int channels,
      Storage x,
      Storage gamma,
      Storage beta,
      @Nullable Storage slope,
      @Nullable Storage residual,
      Storage mean,
      Storage invStd,
      Storage y) {
    var out = DoubleStorage.of(y);
    for (var i = 0; i < rows * channels; i++) {
      var c = i % channels;
      var xhat =
          (DoubleStorage.of(x).get(i) - DoubleStorage.of(mean).get(c))
              * DoubleStorage.of(invStd).get(c);
      var z = DoubleStorage.of(gamma).get(c) * xhat + DoubleStorage.of(beta).get(c);
      if (slope != null && z <= 0) {
        z *= DoubleStorage.of(slope).get(c);
      }
      if (residual != null) {
        z += DoubleStorage.of(residual).get(i);
      }
      out.set(i, z);
    }
  }

  @Override
  public void backward(
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
      @Nullable Storage dslope) {
    for (var c = 0; c < channels; c++) {
      var g = DoubleStorage.of(gamma).get(c);
      var b = DoubleStorage.of(beta).get(c);
      var m = DoubleStorage.of(mean).get(c);
      var inv = DoubleStorage.of(invStd).get(c);
      var a = slope == null ? 1 : DoubleStorage.of(slope).get(c);
      var sumDz = 0.0;
      var sumDzXhat = 0.0;
      var sumDyZ = 0.0;
      for (var r = 0; r < rows; r++) {
        var xhat = (DoubleStorage.of(x).get(r * channels + c) - m) * inv;
        var z = g * xhat + b;
        var dyz = DoubleStorage.of(dy).get(r * channels + c);
        var dz = z > 0 ? dyz : a * dyz;
        sumDz += dz;
        sumDzXhat += dz * xhat;
        sumDyZ += z > 0 ? 0 : dyz * z;
      }
      for (var r = 0; r < rows; r++) {
        var xhat = (DoubleStorage.of(x).get(r * channels + c) - m) * inv;
        var dyz = DoubleStorage.of(dy).get(r * channels + c);
        var dz = g * xhat + b > 0 ? dyz : a * dyz;
        var centred = batchStatistics ? dz - sumDz / rows - xhat * sumDzXhat / rows : dz;
        DoubleStorage.of(dx).set(r * channels + c, g * inv * centred);
      }
      DoubleStorage.of(dbeta).set(c, sumDz);
      DoubleStorage.of(dgamma).set(c, sumDzXhat);
      if (dslope != null) {
        DoubleStorage.of(dslope).set(c, sumDyZ);
      }
    }
  }

  @Override
  public void inverseStd(int channels, Storage var, double eps, Storage invStd) {
    for (var c = 0; c < channels; c++) {
      DoubleStorage.of(invStd).set(c, 1 / Math.sqrt(DoubleStorage.of(var).get(c) + eps));
    }
  }
}

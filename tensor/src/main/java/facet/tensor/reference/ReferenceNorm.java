package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.NormKernels;

/// [NormKernels], one channel after the other.
final class ReferenceNorm implements NormKernels {
  @Override
  public void forwardTraining(
      Matrix x, Epilogue epilogue, Running running, double momentum, Statistics batch, Storage y) {
    var in = DoubleStorage.of(x.values());
    var rows = x.rows();
    var channels = x.columns();
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
      DoubleStorage.of(batch.mean()).set(c, m);
      DoubleStorage.of(batch.invStd()).set(c, 1 / Math.sqrt(squares / rows + running.eps()));
      update(running.mean(), momentum, c, m);
      update(running.var(), momentum, c, squares / Math.max(rows - 1, 1));
    }
    normalize(x, epilogue, batch, y);
  }

  private static void update(Storage running, double momentum, int c, double batch) {
    var statistic = DoubleStorage.of(running);
    statistic.set(c, (1 - momentum) * statistic.get(c) + momentum * batch);
  }

  @Override
  public void forwardInference(Matrix x, Epilogue epilogue, Running running, Storage y) {
    var invStd = DoubleStorage.allocate(x.columns());
    inverseStd(x.columns(), running, invStd);
    normalize(x, epilogue, new Statistics(running.mean(), invStd), y);
  }

  private static void normalize(Matrix x, Epilogue epilogue, Statistics statistics, Storage y) {
    var in = DoubleStorage.of(x.values());
    var out = DoubleStorage.of(y);
    for (var i = 0; i < x.size(); i++) {
      var c = i % x.columns();
      var xhat =
          (in.get(i) - DoubleStorage.of(statistics.mean()).get(c))
              * DoubleStorage.of(statistics.invStd()).get(c);
      var z =
          DoubleStorage.of(epilogue.gamma()).get(c) * xhat
              + DoubleStorage.of(epilogue.beta()).get(c);
      if (epilogue.slope() != null && z <= 0) {
        z *= DoubleStorage.of(epilogue.slope()).get(c);
      }
      if (epilogue.residual() != null) {
        z += DoubleStorage.of(epilogue.residual()).get(i);
      }
      out.set(i, z);
    }
  }

  @Override
  public void backward(
      Matrix x,
      Epilogue epilogue,
      Statistics statistics,
      boolean ofBatch,
      Storage dy,
      Storage dx,
      EpilogueGradient parameters) {
    var in = DoubleStorage.of(x.values());
    var rows = x.rows();
    var channels = x.columns();
    for (var c = 0; c < channels; c++) {
      var g = DoubleStorage.of(epilogue.gamma()).get(c);
      var b = DoubleStorage.of(epilogue.beta()).get(c);
      var m = DoubleStorage.of(statistics.mean()).get(c);
      var inv = DoubleStorage.of(statistics.invStd()).get(c);
      var a = epilogue.slope() == null ? 1 : DoubleStorage.of(epilogue.slope()).get(c);
      var sumDz = 0.0;
      var sumDzXhat = 0.0;
      var sumDyZ = 0.0;
      for (var r = 0; r < rows; r++) {
        var xhat = (in.get(r * channels + c) - m) * inv;
        var z = g * xhat + b;
        var dyz = DoubleStorage.of(dy).get(r * channels + c);
        var dz = z > 0 ? dyz : a * dyz;
        sumDz += dz;
        sumDzXhat += dz * xhat;
        sumDyZ += z > 0 ? 0 : dyz * z;
      }
      for (var r = 0; r < rows; r++) {
        var xhat = (in.get(r * channels + c) - m) * inv;
        var dyz = DoubleStorage.of(dy).get(r * channels + c);
        var dz = g * xhat + b > 0 ? dyz : a * dyz;
        var centred = ofBatch ? dz - sumDz / rows - xhat * sumDzXhat / rows : dz;
        DoubleStorage.of(dx).set(r * channels + c, g * inv * centred);
      }
      DoubleStorage.of(parameters.dbeta()).set(c, sumDz);
      DoubleStorage.of(parameters.dgamma()).set(c, sumDzXhat);
      if (parameters.dslope() != null) {
        DoubleStorage.of(parameters.dslope()).set(c, sumDyZ);
      }
    }
  }

  @Override
  public void inverseStd(int channels, Running running, Storage invStd) {
    for (var c = 0; c < channels; c++) {
      var variance = DoubleStorage.of(running.var()).get(c);
      DoubleStorage.of(invStd).set(c, 1 / Math.sqrt(variance + running.eps()));
    }
  }
}

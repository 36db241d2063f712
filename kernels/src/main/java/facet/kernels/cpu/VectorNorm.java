package facet.kernels.cpu;

import facet.tensor.Storage;
import facet.tensor.kernel.Matrix;
import facet.tensor.kernel.NormKernels;

/// Batch normalisation: one pass over `x` for the statistics and one to apply them, forward and
/// backward, each fused with the PReLU or the residual. The loops are in [NormPasses].
final class VectorNorm implements NormKernels {
  /// The rows whose mean is the point around which the sums for the variance are taken.
  private static final int SHIFT_ROWS = 16;

  private final Workers workers;
  private final Lanes lanes;
  private final NormPasses passes;
  private final ColumnSums columnSums;
  private float[] shift = {};
  private float[] params = {};

  VectorNorm(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.passes = new NormPasses(lanes);
    this.columnSums = new ColumnSums(workers);
  }

  @Override
  public void forwardTraining(
      Matrix x, Epilogue epilogue, Running running, double momentum, Statistics batch, Storage y) {
    statistics(x, running, momentum, batch);
    apply(x, epilogue, batch, y);
  }

  @Override
  public void forwardInference(Matrix x, Epilogue epilogue, Running running, Storage y) {
    var invStd = new FloatStorage(reserveShift(x.columns()), 0, x.columns());
    inverseStd(x.columns(), running, invStd);
    apply(x, epilogue, new Statistics(running.mean(), invStd), y);
  }

  /// Mean and variance from the sums of `d = x - shift` and of `d^2`, with a shift near the mean:
  /// sums of `x` and `x^2` would lose all digits where the mean is large against the deviation.
  private void statistics(Matrix x, Running running, double momentum, Statistics batch) {
    var rows = x.rows();
    var channels = x.columns();
    var in = FloatStorage.of(x.values());
    var wide = WideRows.of(rows, channels, lanes.count());
    var center = shift(wide, rows, in);
    var total =
        columnSums.of(
            wide,
            2,
            (offset, count, width, acc, at) ->
                passes.statistics(in, center, offset, count, width, acc, at, wide.width()));
    var means = FloatStorage.of(batch.mean());
    var invStds = FloatStorage.of(batch.invStd());
    var runningMeans = FloatStorage.of(running.mean());
    var runningVars = FloatStorage.of(running.var());
    for (int c = 0; c < channels; c++) {
      var d = total[c] / rows;
      var m = center[c] + d;
      var sumOfSquares = Math.max(total[channels + c] - d * total[c], 0);
      var variance = sumOfSquares / rows;
      means.array()[means.offset() + c] = (float) m;
      invStds.array()[invStds.offset() + c] = (float) (1 / Math.sqrt(variance + running.eps()));
      update(runningMeans, c, momentum, m);
      update(runningVars, c, momentum, sumOfSquares / Math.max(rows - 1, 1));
    }
  }

  private static void update(FloatStorage running, int c, double momentum, double value) {
    var i = running.offset() + c;
    running.array()[i] = (float) ((1 - momentum) * running.array()[i] + momentum * value);
  }

  /// The mean of a few rows spread over the matrix, as a wide row.
  private float[] shift(WideRows wide, int rows, FloatStorage x) {
    var channels = wide.columns();
    var samples = Math.min(rows, SHIFT_ROWS);
    var target = reserveShift(wide.width());
    for (int c = 0; c < channels; c++) {
      var sum = 0.0;
      for (int i = 0; i < samples; i++) {
        var row = (int) ((long) rows * i / samples);
        sum += x.array()[x.offset() + row * channels + c];
      }
      target[c] = samples == 0 ? 0 : (float) (sum / samples);
    }
    wide.repeat(target, 0, target, 0);
    return target;
  }

  private float[] reserveShift(int length) {
    if (shift.length < length) {
      shift = new float[length];
    }
    return shift;
  }

  private void apply(Matrix x, Epilogue epilogue, Statistics statistics, Storage y) {
    var wide = WideRows.of(x.rows(), x.columns(), lanes.count());
    var p = params(wide, epilogue, statistics);
    var stride = wide.width();
    var in = FloatStorage.of(x.values());
    var out = FloatStorage.of(y);
    if (epilogue.slope() != null) {
      wide.forEach(
          workers,
          (offset, count, width) -> passes.prelu(in, p, stride, out, offset, count, width));
    } else if (epilogue.residual() != null) {
      var add = FloatStorage.of(epilogue.residual());
      wide.forEach(
          workers,
          (offset, count, width) -> passes.residual(in, p, stride, add, out, offset, count, width));
    } else {
      wide.forEach(
          workers,
          (offset, count, width) -> passes.plain(in, p, stride, out, offset, count, width));
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
    var wide = WideRows.of(x.rows(), x.columns(), lanes.count());
    var p = params(wide, epilogue, statistics);
    var slope = epilogue.slope();
    var stride = wide.width();
    var in = FloatStorage.of(x.values());
    var cotangent = FloatStorage.of(dy);
    var total =
        columnSums.of(
            wide,
            slope == null ? 2 : 3,
            (offset, count, width, acc, at) -> {
              if (slope == null) {
                passes.sums(in, p, stride, cotangent, offset, count, width, acc, at);
              } else {
                passes.sumsPrelu(in, p, stride, cotangent, offset, count, width, acc, at);
              }
            });
    var share = ofBatch ? -1.0 / x.rows() : 0;
    storeSums(x.columns(), total, share, p, stride, statistics.invStd(), parameters);
    wide.repeat(p, NormPasses.CONSTANT * stride, p, NormPasses.CONSTANT * stride);
    wide.repeat(p, NormPasses.LINEAR * stride, p, NormPasses.LINEAR * stride);
    var out = FloatStorage.of(dx);
    wide.forEach(
        workers,
        (offset, count, width) -> {
          if (slope == null) {
            passes.dx(in, p, stride, cotangent, out, offset, count, width);
          } else {
            passes.dxPrelu(in, p, stride, cotangent, out, offset, count, width);
          }
        });
  }

  /// Stores the parameters' gradients, and what they contribute to `dx = scale * (dz + constant +
  /// linear * (x - mean))`.
  ///
  /// @param total the sums of `dz`, of `dz (x - mean)` and with a slope that of `dy z [z <= 0]`
  /// @param share `-1 / rows`, or 0 without batch statistics
  private static void storeSums(
      int channels,
      double[] total,
      double share,
      float[] p,
      int stride,
      Storage invStd,
      EpilogueGradient parameters) {
    var inv = FloatStorage.of(invStd);
    var outGamma = FloatStorage.of(parameters.dgamma());
    var outBeta = FloatStorage.of(parameters.dbeta());
    for (int c = 0; c < channels; c++) {
      var invC = (double) inv.array()[inv.offset() + c];
      outBeta.array()[outBeta.offset() + c] = (float) total[c];
      outGamma.array()[outGamma.offset() + c] = (float) (total[channels + c] * invC);
      p[NormPasses.CONSTANT * stride + c] = (float) (share * total[c]);
      p[NormPasses.LINEAR * stride + c] = (float) (share * total[channels + c] * invC * invC);
    }
    if (parameters.dslope() != null) {
      var outSlope = FloatStorage.of(parameters.dslope());
      for (int c = 0; c < channels; c++) {
        outSlope.array()[outSlope.offset() + c] = (float) total[2 * channels + c];
      }
    }
  }

  @Override
  public void inverseStd(int channels, Running running, Storage invStd) {
    var in = FloatStorage.of(running.var());
    var out = FloatStorage.of(invStd);
    for (int c = 0; c < channels; c++) {
      var variance = in.array()[in.offset() + c];
      out.array()[out.offset() + c] = (float) (1 / Math.sqrt(variance + running.eps()));
    }
  }

  /// The wide rows of [NormPasses].
  private float[] params(WideRows wide, Epilogue epilogue, Statistics statistics) {
    var stride = wide.width();
    if (params.length < NormPasses.PARAMS * stride) {
      params = new float[NormPasses.PARAMS * stride];
    }
    var weights = FloatStorage.of(epilogue.gamma());
    var inv = FloatStorage.of(statistics.invStd());
    var at = NormPasses.SCALE * stride;
    for (int c = 0; c < wide.columns(); c++) {
      params[at + c] = weights.array()[weights.offset() + c] * inv.array()[inv.offset() + c];
    }
    wide.repeat(params, at, params, at);
    repeat(wide, FloatStorage.of(statistics.mean()), NormPasses.MEAN);
    repeat(wide, FloatStorage.of(epilogue.beta()), NormPasses.BETA);
    if (epilogue.slope() != null) {
      repeat(wide, FloatStorage.of(epilogue.slope()), NormPasses.SLOPE);
    }
    return params;
  }

  private void repeat(WideRows wide, FloatStorage source, int param) {
    wide.repeat(source.array(), source.offset(), params, param * wide.width());
  }
}

package facet.kernels.cpu;

import facet.tensor.Storage;
import facet.tensor.kernel.HistogramGrid;
import facet.tensor.kernel.HistogramKernels;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// Soft histograms with vectors along the nodes and the samples in parallel. What has only as many
/// elements as the histogram has nodes is plain double code.
final class VectorHistogram implements HistogramKernels {
  /// Greatest number of samples whose kernels are added in float before the sum goes on in double.
  private static final int LONGEST_CHUNK = 128;

  /// Few enough that waking a second thread for the next ones pays, with 2,000 nodes.
  private static final int SHORTEST_CHUNK = 8;

  /// Chunks into which few samples are cut: each costs a pass over all nodes.
  private static final int CHUNKS = 4;

  /// Nodes whose terms of a divergence are added before those of the next ones: worth a second
  /// thread.
  private static final int NODES = 512;

  private final Workers workers;
  private final Lanes lanes;
  private final VectorSums sums;
  // The nodes as the sum of two floats, so that s - t keeps its digits where s is close to t.
  private float[] nodesHigh = {};
  private float[] nodesLow = {};
  private @Nullable HistogramGrid prepared;
  private float[] coefficients = {};
  private float[] bins = {};
  private double[] partial = {};

  VectorHistogram(Workers workers, Lanes lanes) {
    this.workers = workers;
    this.lanes = lanes;
    this.sums = new VectorSums(lanes, workers);
  }

  @Override
  public void select(Samples samples, boolean positiveOnly) {
    var n = samples.n();
    var sims = FloatStorage.of(samples.s());
    var threshold = positiveOnly && anyPositive(sims, n) ? 0 : (float) NO_SAMPLE_LIMIT;
    var out = FloatStorage.of(samples.weight());
    int total = 0;
    for (int k = 0; k < n; k++) {
      var sim = sims.array()[sims.offset() + k];
      var selected = threshold == 0 ? sim > 0 : sim >= threshold;
      out.array()[out.offset() + k] = selected ? 1 : 0;
      total += selected ? 1 : 0;
    }
    set(samples.count(), total);
  }

  private static boolean anyPositive(FloatStorage s, int n) {
    for (int k = 0; k < n; k++) {
      if (s.array()[s.offset() + k] > 0) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void softHistogram(Samples samples, HistogramGrid grid, Density out) {
    var n = samples.n();
    var sims = FloatStorage.of(samples.s());
    var weights = FloatStorage.of(samples.weight());
    var padded = prepare(grid);
    var size = chunk(n);
    var chunks = Math.ceilDiv(n, size);
    if (partial.length < (chunks + 1) * padded) {
      partial = new double[(chunks + 1) * padded];
    }
    workers.forEach(
        chunks,
        (from, to, worker) -> {
          for (int chunk = from; chunk < to; chunk++) {
            var end = Math.min((chunk + 1) * size, n);
            count(sims, weights, chunk * size, end, grid, padded, worker * padded);
            for (int r = 0; r < padded; r++) {
              partial[chunk * padded + r] = bins[worker * padded + r];
            }
          }
        });
    normalize(grid.nodes(), chunks, padded, FloatStorage.of(out.p()), out.z());
  }

  /// Depends on nothing but `n`, so that the sums do not depend on the number of threads.
  private static int chunk(int n) {
    return Math.clamp(Math.ceilDiv(n, CHUNKS), SHORTEST_CHUNK, LONGEST_CHUNK);
  }

  /// Adds the kernels of the samples `from` to `end` at every node.
  private void count(
      FloatStorage sims,
      FloatStorage weights,
      int from,
      int end,
      HistogramGrid grid,
      int padded,
      int at) {
    var s = lanes.floats();
    var gamma = (float) -grid.gamma();
    Arrays.fill(bins, at, at + padded, 0);
    for (int k = from; k < end; k++) {
      var weight = weights.array()[weights.offset() + k];
      if (weight == 0) {
        continue;
      }
      var sim = FloatVector.broadcast(s, sims.array()[sims.offset() + k]);
      for (int r = 0; r < padded; r += s.length()) {
        var d =
            sim.sub(FloatVector.fromArray(s, nodesHigh, r))
                .sub(FloatVector.fromArray(s, nodesLow, r));
        VectorMath.exp(d.mul(d).mul(gamma))
            .mul(weight)
            .add(FloatVector.fromArray(s, bins, at + r))
            .intoArray(bins, at + r);
      }
    }
  }

  /// Adds the chunks in order, in the row after them, and divides by the total.
  private void normalize(int nodes, int chunks, int padded, FloatStorage p, Storage z) {
    var at = chunks * padded;
    Arrays.fill(partial, at, at + nodes, 0);
    for (int chunk = 0; chunk < chunks; chunk++) {
      for (int r = 0; r < nodes; r++) {
        partial[at + r] += partial[chunk * padded + r];
      }
    }
    var total = 0.0;
    for (int r = 0; r < nodes; r++) {
      total += partial[at + r];
    }
    for (int r = 0; r < nodes; r++) {
      p.array()[p.offset() + r] = total == 0 ? 0 : (float) (partial[at + r] / total);
    }
    set(z, total);
  }

  @Override
  public void softHistogramBackward(
      Samples samples, HistogramGrid grid, Density density, Storage dp, Storage ds) {
    var sims = FloatStorage.of(samples.s());
    var weights = FloatStorage.of(samples.weight());
    var out = FloatStorage.of(ds);
    var padded = prepare(grid);
    center(grid.nodes(), padded, FloatStorage.of(density.p()), FloatStorage.of(dp));
    var total = get(density.z(), 0);
    var factor = total == 0 ? 0 : -2 * grid.gamma() / total;
    workers.forEach(
        samples.n(),
        SHORTEST_CHUNK,
        (from, to, worker) -> {
          for (int k = from; k < to; k++) {
            var w = weights.array()[weights.offset() + k] * factor;
            var sim = sims.array()[sims.offset() + k];
            out.array()[out.offset() + k] =
                w == 0 ? 0 : (float) (w * slope(sim, (float) -grid.gamma(), padded, worker));
          }
        });
  }

  /// `coefficients[r] = G_r - Gbar`.
  private void center(int nodes, int padded, FloatStorage p, FloatStorage dp) {
    var mean = 0.0;
    for (int r = 0; r < nodes; r++) {
      mean += (double) p.array()[p.offset() + r] * dp.array()[dp.offset() + r];
    }
    for (int r = 0; r < padded; r++) {
      coefficients[r] = r < nodes ? (float) (dp.array()[dp.offset() + r] - mean) : 0;
    }
  }

  /// `sum over r of coefficients[r] (s - t_r) exp(-gamma (s - t_r)^2)`.
  private double slope(float sim, float minusGamma, int padded, int worker) {
    var s = lanes.floats();
    var sum = FloatVector.zero(s);
    for (int r = 0; r < padded; r += s.length()) {
      var d =
          FloatVector.broadcast(s, sim)
              .sub(FloatVector.fromArray(s, nodesHigh, r))
              .sub(FloatVector.fromArray(s, nodesLow, r));
      var kernel = VectorMath.exp(d.mul(d).mul(minusGamma));
      sum = d.mul(kernel).fma(FloatVector.fromArray(s, coefficients, r), sum);
    }
    return sums.lanes(sum, worker);
  }

  /// Fills the nodes and returns their number, rounded up to whole vectors.
  private int prepare(HistogramGrid grid) {
    var padded = Math.ceilDiv(grid.nodes(), lanes.count()) * lanes.count();
    if (grid.equals(prepared)) {
      return padded;
    }
    if (nodesHigh.length < padded) {
      nodesHigh = new float[padded];
      nodesLow = new float[padded];
      coefficients = new float[padded];
      bins = new float[padded * workers.count()];
    }
    for (int r = 0; r < padded; r++) {
      nodesHigh[r] = (float) grid.node(r);
      nodesLow[r] = (float) (grid.node(r) - nodesHigh[r]);
    }
    prepared = grid;
    return padded;
  }

  @Override
  public void divergence(Comparison c, Storage y) {
    if (isEmpty(c.p(), c.nodes()) || isEmpty(c.q(), c.nodes())) {
      set(y, 0);
      return;
    }
    var parts = Math.ceilDiv(c.nodes(), NODES);
    if (partial.length < parts) {
      partial = new double[parts];
    }
    workers.forEach(
        parts,
        (from, to, worker) -> {
          for (int part = from; part < to; part++) {
            var sum = 0.0;
            for (int r = part * NODES; r < Math.min((part + 1) * NODES, c.nodes()); r++) {
              var pe = get(c.p(), r) + c.e();
              sum += pe * Math.log(pe / (get(c.q(), r) + c.e()));
            }
            partial[part] = sum;
          }
        });
    var sum = 0.0;
    for (int part = 0; part < parts; part++) {
      sum += partial[part];
    }
    set(y, c.alpha() * sum);
  }

  @Override
  public void divergenceBackward(Comparison c, Storage dy, Storage dp, Storage dq) {
    var none = isEmpty(c.p(), c.nodes()) || isEmpty(c.q(), c.nodes());
    var factor = none ? 0 : c.alpha() * get(dy, 0);
    var outP = FloatStorage.of(dp);
    var outQ = FloatStorage.of(dq);
    workers.forEach(
        c.nodes(),
        NODES,
        (from, to, worker) -> {
          for (int r = from; r < to; r++) {
            var ratio = factor == 0 ? 1 : (get(c.p(), r) + c.e()) / (get(c.q(), r) + c.e());
            outP.array()[outP.offset() + r] = (float) (factor * (Math.log(ratio) + 1));
            outQ.array()[outQ.offset() + r] = (float) (-factor * ratio);
          }
        });
  }

  private static boolean isEmpty(Storage histogram, int nodes) {
    for (int r = 0; r < nodes; r++) {
      if (get(histogram, r) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void mean(Samples samples, Storage y) {
    var sum = 0.0;
    for (int k = 0; k < samples.n(); k++) {
      sum += get(samples.weight(), k) * get(samples.s(), k);
    }
    var total = get(samples.count(), 0);
    set(y, total == 0 ? 0 : sum / total);
  }

  @Override
  public void meanBackward(Samples samples, double alpha, Storage dy, Storage ds) {
    var total = get(samples.count(), 0);
    var factor = total == 0 ? 0 : alpha * get(dy, 0) / total;
    var out = FloatStorage.of(ds);
    for (int k = 0; k < samples.n(); k++) {
      out.array()[out.offset() + k] = (float) (factor * get(samples.weight(), k));
    }
  }

  @Override
  public void order(Branches all, double alpha, Storage y, Storage dmeans) {
    var branches = all.count();
    var derivatives = FloatStorage.of(dmeans);
    Arrays.fill(derivatives.array(), derivatives.offset(), derivatives.offset() + 2 * branches, 0);
    var sum = 0.0;
    for (int i = branches; i < 2 * branches; i++) {
      for (int j = 0; j < branches; j++) {
        if (get(all.counts(), i) > 0 && get(all.counts(), j) > 0) {
          sum += get(all.means(), i) - get(all.means(), j);
          derivatives.array()[derivatives.offset() + i] += (float) alpha;
          derivatives.array()[derivatives.offset() + j] -= (float) alpha;
        }
      }
    }
    set(y, alpha * sum);
  }

  private static double get(Storage s, int i) {
    var floats = FloatStorage.of(s);
    return floats.array()[floats.offset() + i];
  }

  private static void set(Storage s, double value) {
    var floats = FloatStorage.of(s);
    floats.array()[floats.offset()] = (float) value;
  }
}

package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.HistogramGrid;
import facet.tensor.kernel.HistogramKernels;

/// [HistogramKernels] as sums over similarities and nodes.
final class ReferenceHistogram implements HistogramKernels {
  @Override
  public void select(Samples samples, boolean positiveOnly) {
    var n = samples.n();
    var similarity = DoubleStorage.of(samples.s());
    var anyPositive = false;
    for (var k = 0; k < n; k++) {
      anyPositive |= similarity.get(k) > 0;
    }
    var threshold = positiveOnly && anyPositive ? 0 : NO_SAMPLE_LIMIT;
    var sum = 0;
    for (var k = 0; k < n; k++) {
      var takesPart = similarity.get(k) > threshold;
      DoubleStorage.of(samples.weight()).set(k, takesPart ? 1 : 0);
      sum += takesPart ? 1 : 0;
    }
    DoubleStorage.of(samples.count()).set(0, sum);
  }

  @Override
  public void softHistogram(Samples samples, HistogramGrid grid, Density out) {
    var weight = DoubleStorage.of(samples.weight());
    var s = DoubleStorage.of(samples.s());
    var histogram = DoubleStorage.of(out.p());
    var total = 0.0;
    for (var r = 0; r < grid.nodes(); r++) {
      var h = 0.0;
      for (var k = 0; k < samples.n(); k++) {
        h += weight.get(k) * kernel(grid, s.get(k), r);
      }
      histogram.set(r, h);
      total += h;
    }
    for (var r = 0; r < grid.nodes(); r++) {
      histogram.set(r, total == 0 ? 0 : histogram.get(r) / total);
    }
    DoubleStorage.of(out.z()).set(0, total);
  }

  @Override
  public void softHistogramBackward(
      Samples samples, HistogramGrid grid, Density density, Storage dp, Storage ds) {
    var total = DoubleStorage.of(density.z()).get(0);
    var gradient = DoubleStorage.of(dp);
    var mean = 0.0; // Gbar
    for (var r = 0; r < grid.nodes(); r++) {
      mean += gradient.get(r) * DoubleStorage.of(density.p()).get(r);
    }
    for (var k = 0; k < samples.n(); k++) {
      var similarity = DoubleStorage.of(samples.s()).get(k);
      var sum = 0.0;
      for (var r = 0; r < grid.nodes(); r++) {
        sum +=
            (gradient.get(r) - mean)
                * (-2 * grid.gamma() * (similarity - grid.node(r)))
                * kernel(grid, similarity, r);
      }
      var w = DoubleStorage.of(samples.weight()).get(k);
      DoubleStorage.of(ds).set(k, w == 0 || total == 0 ? 0 : w / total * sum);
    }
  }

  private static double kernel(HistogramGrid grid, double s, int r) {
    return Math.exp(-grid.gamma() * Math.pow(s - grid.node(r), 2));
  }

  @Override
  public void divergence(Comparison c, Storage y) {
    var sum = 0.0;
    if (!isEmpty(c.nodes(), c.p()) && !isEmpty(c.nodes(), c.q())) {
      for (var r = 0; r < c.nodes(); r++) {
        var pr = DoubleStorage.of(c.p()).get(r) + c.e();
        var qr = DoubleStorage.of(c.q()).get(r) + c.e();
        sum += pr * (Math.log(pr) - Math.log(qr));
      }
    }
    DoubleStorage.of(y).set(0, c.alpha() * sum);
  }

  @Override
  public void divergenceBackward(Comparison c, Storage dy, Storage dp, Storage dq) {
    var none = isEmpty(c.nodes(), c.p()) || isEmpty(c.nodes(), c.q());
    var factor = c.alpha() * DoubleStorage.of(dy).get(0);
    for (var r = 0; r < c.nodes(); r++) {
      var ratio =
          (DoubleStorage.of(c.p()).get(r) + c.e()) / (DoubleStorage.of(c.q()).get(r) + c.e());
      DoubleStorage.of(dp).set(r, none ? 0 : factor * (Math.log(ratio) + 1));
      DoubleStorage.of(dq).set(r, none ? 0 : -factor * ratio);
    }
  }

  /// Whether nothing fell into the histogram.
  private static boolean isEmpty(int nodes, Storage p) {
    for (var r = 0; r < nodes; r++) {
      if (DoubleStorage.of(p).get(r) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void mean(Samples samples, Storage y) {
    var sum = 0.0;
    for (var k = 0; k < samples.n(); k++) {
      sum += DoubleStorage.of(samples.weight()).get(k) * DoubleStorage.of(samples.s()).get(k);
    }
    var taking = DoubleStorage.of(samples.count()).get(0);
    DoubleStorage.of(y).set(0, taking == 0 ? 0 : sum / taking);
  }

  @Override
  public void meanBackward(Samples samples, double alpha, Storage dy, Storage ds) {
    var taking = DoubleStorage.of(samples.count()).get(0);
    var share = taking == 0 ? 0 : alpha * DoubleStorage.of(dy).get(0) / taking;
    for (var k = 0; k < samples.n(); k++) {
      DoubleStorage.of(ds).set(k, share * DoubleStorage.of(samples.weight()).get(k));
    }
  }

  @Override
  public void order(Branches all, double alpha, Storage y, Storage dmeans) {
    var branches = all.count();
    var mean = DoubleStorage.of(all.means());
    var count = DoubleStorage.of(all.counts());
    var derivative = DoubleStorage.of(dmeans);
    derivative.fill(2 * branches, 0);
    var sum = 0.0;
    for (var i = branches; i < 2 * branches; i++) {
      for (var j = 0; j < branches; j++) {
        if (count.get(i) > 0 && count.get(j) > 0) {
          sum += mean.get(i) - mean.get(j);
          derivative.add(i, alpha);
          derivative.add(j, -alpha);
        }
      }
    }
    DoubleStorage.of(y).set(0, alpha * sum);
  }
}

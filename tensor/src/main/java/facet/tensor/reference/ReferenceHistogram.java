package facet.tensor.reference;

import facet.tensor.Storage;
import facet.tensor.kernel.HistogramGrid;
import facet.tensor.kernel.HistogramKernels;

/// [HistogramKernels] as sums over similarities and nodes.
final class ReferenceHistogram implements HistogramKernels {
  @Override
  public void select(int n, boolean positiveOnly, Storage s, Storage weight, Storage count) {
    var similarity = DoubleStorage.of(s);
    var anyPositive = false;
    for (var k = 0; k < n; k++) {
      anyPositive |= similarity.get(k) > 0;
    }
    var threshold = positiveOnly && anyPositive ? 0 : NO_SAMPLE_LIMIT;
    var sum = 0;
    for (var k = 0; k < n; k++) {
      var takesPart = similarity.get(k) > threshold;
      DoubleStorage.of(weight).set(k, takesPart ? 1 : 0);
      sum += takesPart ? 1 : 0;
    }
    DoubleStorage.of(count).set(0, sum);
  }

  @Override
  public void softHistogram(
      int n, HistogramGrid grid, Storage s, Storage weight, Storage p, Storage z) {
    var histogram = DoubleStorage.of(p);
    var total = 0.0;
    for (var r = 0; r < grid.nodes(); r++) {
      var h = 0.0;
      for (var k = 0; k < n; k++) {
        h += DoubleStorage.of(weight).get(k) * kernel(grid, DoubleStorage.of(s).get(k), r);
      }
      histogram.set(r, h);
      total += h;
    }
    for (var r = 0; r < grid.nodes(); r++) {
      histogram.set(r, total == 0 ? 0 : histogram.get(r) / total);
    }
    DoubleStorage.of(z).set(0, total);
  }

  @Override
  public void softHistogramBackward(
      int n,
      HistogramGrid grid,
      Storage s,
      Storage weight,
      Storage p,
      Storage z,
      Storage dp,
      Storage ds) {
    var total = DoubleStorage.of(z).get(0);
    var gradient = DoubleStorage.of(dp);
    var mean = 0.0; // Gbar
    for (var r = 0; r < grid.nodes(); r++) {
      mean += gradient.get(r) * DoubleStorage.of(p).get(r);
    }
    for (var k = 0; k < n; k++) {
      var similarity = DoubleStorage.of(s).get(k);
      var sum = 0.0;
      for (var r = 0; r < grid.nodes(); r++) {
        sum +=
            (gradient.get(r) - mean)
                * (-2 * grid.gamma() * (similarity - grid.node(r)))
                * kernel(grid, similarity, r);
      }
      var w = DoubleStorage.of(weight).get(k);
      DoubleStorage.of(ds).set(k, w == 0 || total == 0 ? 0 : w / total * sum);
    }
  }

  private static double kernel(HistogramGrid grid, double s, int r) {
    return Math.exp(-grid.gamma() * Math.pow(s - grid.node(r), 2));
  }

  @Override
  public void divergence(int nodes, double alpha, double e, Storage p, Storage q, Storage y) {
    var sum = 0.0;
    if (!isEmpty(nodes, p) && !isEmpty(nodes, q)) {
      for (var r = 0; r < nodes; r++) {
        var pr = DoubleStorage.of(p).get(r) + e;
        var qr = DoubleStorage.of(q).get(r) + e;
        sum += pr * (Math.log(pr) - Math.log(qr));
      }
    }
    DoubleStorage.of(y).set(0, alpha * sum);
  }

  @Override
  public void divergenceBackward(
      int nodes, double alpha, double e, Storage p, Storage q, Storage dy, Storage dp, Storage dq) {
    var none = isEmpty(nodes, p) || isEmpty(nodes, q);
    var factor = alpha * DoubleStorage.of(dy).get(0);
    for (var r = 0; r < nodes; r++) {
      var ratio = (DoubleStorage.of(p).get(r) + e) / (DoubleStorage.of(q).get(r) + e);
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
  public void mean(int n, Storage s, Storage weight, Storage count, Storage y) {
    var sum = 0.0;
    for (var k = 0; k < n; k++) {
      sum += DoubleStorage.of(weight).get(k) * DoubleStorage.of(s).get(k);
    }
    var taking = DoubleStorage.of(count).get(0);
    DoubleStorage.of(y).set(0, taking == 0 ? 0 : sum / taking);
  }

  @Override
  public void meanBackward(
      int n, double alpha, Storage weight, Storage count, Storage dy, Storage ds) {
    var taking = DoubleStorage.of(count).get(0);
    var share = taking == 0 ? 0 : alpha * DoubleStorage.of(dy).get(0) / taking;
    for (var k = 0; k < n; k++) {
      DoubleStorage.of(ds).set(k, share * DoubleStorage.of(weight).get(k));
    }
  }

  @Override
  public void order(
      int branches, double alpha, Storage means, Storage counts, Storage y, Storage dmeans) {
    var mean = DoubleStorage.of(means);
    var count = DoubleStorage.of(counts);
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

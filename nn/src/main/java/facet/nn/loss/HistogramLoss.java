package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Ints;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;

/// The Histogram Loss (Ustinova and Lempitsky, NeurIPS 2016), a baseline: the probability that a
/// random negative pair of the batch is more similar than a random positive one. Input: the cosines
/// `c [n, n]` of all images with each other, of which the pairs `i < j` count; a pair is positive
/// if both show one person.
///
/// Histograms over `nodes` nodes `tᵣ` on [-1, 1], `Δ` apart; a similarity between two nodes is
/// shared between them:
///
///     h⁺ᵣ = 1/|S⁺| Σₖ max(0, 1 − |sₖ − tᵣ| / Δ)         h⁻ likewise
///     L   = Σᵣ h⁻ᵣ Σ_{q≤r} h⁺_q
///     ∂L/∂h⁻ᵣ = Σ_{q≤r} h⁺_q      ∂L/∂h⁺ᵣ = Σ_{q≥r} h⁻_q
///     ∂L/∂sₖ  = (Gᵣ₊₁ − Gᵣ) / (Δ |S|)      tᵣ ≤ sₖ ≤ tᵣ₊₁, G the derivatives of its histogram
///
/// It is 0 if one kind of pair is missing. Not smooth where a similarity meets a node. Being a
/// baseline it has no kernels of its own: it runs on the host, which is fast enough for the pairs
/// of a batch.
public record HistogramLoss(int nodes, Ints labels) implements Op<HistogramLoss.Saved> {
  /// What backward remembers: the cosines, the labels and the histograms of both kinds of pairs.
  public record Saved(
      Shape shape, double[] cosines, int[] people, Pairs positives, Pairs negatives) {}

  /// How many pairs of one kind there are, and their histogram.
  record Pairs(int count, double[] histogram) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    var c = in[0].shape();
    require(c.rank() == 2 && c.dim(0) == c.dim(1), this, "cosines must be [n, n], are %s", c);
    require(
        labels.length() == c.dim(0),
        this,
        "there are %s labels for cosines %s",
        labels.length(),
        c);
    require(nodes > 1, this, "there must be at least 2 nodes, not %s", nodes);
    var cosines = in[0].toDoubles();
    var people = labels.toArray();
    var positives = pairs(cosines, people, true);
    var negatives = pairs(cosines, people, false);
    var loss = 0.0;
    var positivesUpTo = 0.0;
    for (var r = 0; r < nodes; r++) {
      positivesUpTo += positives.histogram[r];
      loss += negatives.histogram[r] * positivesUpTo;
    }
    return new Forward<>(
        scope.of(Shape.scalar(), loss), new Saved(c, cosines, people, positives, negatives));
  }

  private Pairs pairs(double[] cosines, int[] people, boolean positive) {
    var n = people.length;
    var count = 0;
    var histogram = new double[nodes];
    for (var i = 0; i < n; i++) {
      for (var j = i + 1; j < n; j++) {
        if (positive == (people[i] == people[j])) {
          var s = cosines[i * n + j];
          var r = lowerNode(s);
          var share = (s - node(r)) / step();
          histogram[r] += 1 - share;
          histogram[r + 1] += share;
          count++;
        }
      }
    }
    for (var r = 0; r < nodes; r++) {
      histogram[r] /= Math.max(count, 1);
    }
    return new Pairs(count, histogram);
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var upstream = dy.item();
          var positiveSlopes = slopes(negativesFrom(t), upstream, t.positives.count);
          var negativeSlopes = slopes(positivesUpTo(t), upstream, t.negatives.count);
          var n = t.people.length;
          var dc = new double[n * n];
          for (var i = 0; i < n; i++) {
            for (var j = i + 1; j < n; j++) {
              var slopes = t.people[i] == t.people[j] ? positiveSlopes : negativeSlopes;
              dc[i * n + j] = slopes[lowerNode(t.cosines[i * n + j])];
            }
          }
          return scope.of(t.shape, dc);
        });
  }

  private double[] positivesUpTo(Saved t) {
    var sums = t.positives.histogram.clone();
    for (var r = 1; r < nodes; r++) {
      sums[r] += sums[r - 1];
    }
    return sums;
  }

  private double[] negativesFrom(Saved t) {
    var sums = t.negatives.histogram.clone();
    for (var r = nodes - 2; r >= 0; r--) {
      sums[r] += sums[r + 1];
    }
    return sums;
  }

  /// The derivative of the loss for one of `count` similarities between nodes `r` and `r + 1`.
  private double[] slopes(double[] dhistogram, double dy, int count) {
    var slopes = new double[nodes - 1];
    for (var r = 0; r < nodes - 1; r++) {
      slopes[r] = dy * (dhistogram[r + 1] - dhistogram[r]) / (step() * Math.max(count, 1));
    }
    return slopes;
  }

  private double step() {
    return 2.0 / (nodes - 1);
  }

  private double node(int r) {
    return -1 + r * step();
  }

  /// The node at or below `s`, not the last one.
  private int lowerNode(double s) {
    return Math.clamp((int) Math.floor((s + 1) / step()), 0, nodes - 2);
  }
}

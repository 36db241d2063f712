package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Ints;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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
///
/// @param own the layout of the pairs that are taken instead, those that the Distribution
///     Distillation Loss sees: the pairs of each branch, and each of its singles with the most
///     similar single of another person in its branch; null for all
public record HistogramLoss(int nodes, Ints labels, @Nullable DdlBatch own)
    implements Op<HistogramLoss.Saved> {
  /// What backward remembers: the cosines and both kinds of pairs.
  public record Saved(Shape shape, double[] cosines, Pairs positives, Pairs negatives) {}

  /// Where the cosines of one kind of pairs stand, and their histogram.
  record Pairs(int[] at, double[] histogram) {}

  /// Over all pairs.
  public HistogramLoss(int nodes, Ints labels) {
    this(nodes, labels, null);
  }

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
    var positives = pairs(cosines, own == null ? all(people, true) : paired(own, people));
    var negatives =
        pairs(cosines, own == null ? all(people, false) : hardest(own, people, cosines));
    var loss = 0.0;
    var positivesUpTo = 0.0;
    for (var r = 0; r < nodes; r++) {
      positivesUpTo += positives.histogram[r];
      loss += negatives.histogram[r] * positivesUpTo;
    }
    return new Forward<>(
        scope.of(Shape.scalar(), loss), new Saved(c, cosines, positives, negatives));
  }

  private static int[] all(int[] people, boolean positive) {
    var n = people.length;
    var found = IntStream.builder();
    for (var i = 0; i < n; i++) {
      for (var j = i + 1; j < n; j++) {
        if (positive == (people[i] == people[j])) {
          found.add(i * n + j);
        }
      }
    }
    return found.build().toArray();
  }

  private static int[] paired(DdlBatch own, int[] people) {
    return IntStream.range(0, own.branches())
        .flatMap(
            b -> {
              var first = own.firsts(b).start() * people.length + own.seconds(b).start();
              return IntStream.range(0, own.n()).map(i -> first + i * (people.length + 1));
            })
        .toArray();
  }

  private static int[] hardest(DdlBatch own, int[] people, double... cosines) {
    var found = IntStream.builder();
    for (var i = 0; i < own.allSingles().end(); i++) {
      var branch = own.singles(i / own.n());
      var best = -1;
      for (var j = branch.start(); j < branch.end(); j++) {
        var at = i * people.length + j;
        if (people[j] != people[i] && (best < 0 || cosines[at] > cosines[best])) {
          best = at;
        }
      }
      if (best >= 0) {
        found.add(best);
      }
    }
    return found.build().toArray();
  }

  private Pairs pairs(double[] cosines, int... at) {
    var histogram = new double[nodes];
    for (var k : at) {
      var s = cosines[k];
      var r = lowerNode(s);
      var share = (s - node(r)) / step();
      histogram[r] += 1 - share;
      histogram[r + 1] += share;
    }
    for (var r = 0; r < nodes; r++) {
      histogram[r] /= Math.max(at.length, 1);
    }
    return new Pairs(at, histogram);
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    return InputGradients.lazy(
        () -> {
          var upstream = dy.item();
          var dc = new double[t.cosines.length];
          add(t, t.positives, slopes(negativesFrom(t), upstream, t.positives.at.length), dc);
          add(t, t.negatives, slopes(positivesUpTo(t), upstream, t.negatives.at.length), dc);
          return scope.of(t.shape, dc);
        });
  }

  private void add(Saved t, Pairs pairs, double[] slopes, double... dc) {
    for (var k : pairs.at) {
      dc[k] += slopes[lowerNode(t.cosines[k])];
    }
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

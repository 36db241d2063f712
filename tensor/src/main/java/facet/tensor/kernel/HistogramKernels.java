package facet.tensor.kernel;

import facet.tensor.Storage;

/// Soft histograms of similarities and the distances of the Distribution Distillation Loss (Huang
/// et al., ECCV 2020). Nothing here asks the host how many similarities take part: weights and
/// counts stay on the backend.
public interface HistogramKernels {
  /// Marks a similarity that does not exist (a row without a negative). Cosines never come near it;
  /// everything below [#NO_SAMPLE_LIMIT] counts as this mark.
  double NO_SAMPLE = -2;

  /// See [#NO_SAMPLE].
  double NO_SAMPLE_LIMIT = -1.5;

  /// Similarities `s [n]`, and which of them take part: `weight [n]` of 1 and 0, `count [1]` their
  /// sum.
  record Samples(int n, Storage s, Storage weight, Storage count) {}

  /// A soft histogram `p [nodes]`, and the sum `z [1]` it was divided by.
  record Density(Storage p, Storage z) {}

  /// `alpha` times the divergence of two histograms `p`, `q` `[nodes]` with `e` added to both.
  record Comparison(int nodes, Storage p, Storage q, double e, double alpha) {}

  /// The means of `count` branches (the teacher and its students), and of how many similarities:
  /// `[2 * count]` each, of the positives of each branch, then of the negatives.
  record Branches(int count, Storage means, Storage counts) {}

  /// Fills `weight` and `count` of the similarities.
  ///
  /// @param positiveOnly leaves out those that are not above 0, unless none is: then all take part
  void select(Samples samples, boolean positiveOnly);

  /// The soft histogram over the nodes `t_r` of `grid`:
  ///
  ///     h_r = sum over k of weight[k] exp(-gamma (s_k - t_r)^2)      z = sum over r of h_r
  ///     p_r = h_r / z            all 0 if z = 0
  ///
  /// `z` is 0 if no similarity takes part, or if all are so far from the nodes that the element
  /// type cannot hold `exp(-gamma (s - t)^2)`.
  void softHistogram(Samples samples, HistogramGrid grid, Density out);

  /// With `G = dp`, `Gbar = sum over r of G_r p_r`:
  ///
  ///     ds[k] = weight[k] / z
  ///         * sum over r of (G_r - Gbar) (-2 gamma (s_k - t_r)) exp(-gamma (s_k - t_r)^2)
  ///
  /// and 0 if `z = 0`.
  void softHistogramBackward(
      Samples samples, HistogramGrid grid, Density density, Storage dp, Storage ds);

  /// `y[0] = alpha * D(P || Q)`, `D = sum over r of (p_r + e) (log(p_r + e) - log(q_r + e))`. A
  /// histogram that is all 0 has no divergence: the result is 0.
  void divergence(Comparison c, Storage y);

  /// `dp_r = alpha * dy[0] * (log((p_r + e) / (q_r + e)) + 1)`,
  /// `dq_r = -alpha * dy[0] * (p_r + e) / (q_r + e)`; both 0 where the divergence is 0 because a
  /// histogram is empty.
  void divergenceBackward(Comparison c, Storage dy, Storage dp, Storage dq);

  /// `y[0] = sum over k of weight[k] s_k / count[0]`, 0 if `count` is 0.
  void mean(Samples samples, Storage y);

  /// `ds[k] = alpha * dy[0] * weight[k] / count[0]`, 0 if `count` is 0.
  void meanBackward(Samples samples, double alpha, Storage dy, Storage ds);

  /// The order loss: the expectation of every negative branch less that of every positive one,
  ///
  ///     y[0] = alpha * sum over i, j of (means[count + i] - means[j])
  ///
  /// over the pairs whose counts are both above 0.
  ///
  /// @param dmeans out, `[2 * count]`: the derivative of `y[0]` for each mean
  void order(Branches branches, double alpha, Storage y, Storage dmeans);
}

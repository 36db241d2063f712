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

  /// Which of the similarities `s [n]` take part: `weight[k]` = 1 or 0, `count[0]` = their sum.
  ///
  /// @param positiveOnly leaves out those that are not above 0, unless none is: then all take part
  void select(int n, boolean positiveOnly, Storage s, Storage weight, Storage count);

  /// The soft histogram over the nodes `t_r` of `grid`:
  ///
  ///     h_r = sum over k of weight[k] exp(-gamma (s_k - t_r)^2)      z = sum over r of h_r
  ///     p_r = h_r / z            all 0 if z = 0
  ///
  /// `z` is 0 if no similarity takes part, or if all are so far from the nodes that the element
  /// type cannot hold `exp(-gamma (s - t)^2)`.
  ///
  /// @param p out, `[nodes]`
  /// @param z out, `[1]`
  void softHistogram(int n, HistogramGrid grid, Storage s, Storage weight, Storage p, Storage z);

  /// With `G = dp`, `Gbar = sum over r of G_r p_r`:
  ///
  ///     ds[k] = weight[k] / z
  ///         * sum over r of (G_r - Gbar) (-2 gamma (s_k - t_r)) exp(-gamma (s_k - t_r)^2)
  ///
  /// and 0 if `z = 0`.
  void softHistogramBackward(
      int n,
      HistogramGrid grid,
      Storage s,
      Storage weight,
      Storage p,
      Storage z,
      Storage dp,
      Storage ds);

  /// `y[0] = alpha * D(P || Q)`, `D = sum over r of (p_r + e) (log(p_r + e) - log(q_r + e))`. A
  /// histogram that is all 0 has no divergence: the result is 0.
  void divergence(int nodes, double alpha, double e, Storage p, Storage q, Storage y);

  /// `dp_r = alpha * dy[0] * (log((p_r + e) / (q_r + e)) + 1)`,
  /// `dq_r = -alpha * dy[0] * (p_r + e) / (q_r + e)`; both 0 where the divergence is 0 because a
  /// histogram is empty.
  void divergenceBackward(
      int nodes, double alpha, double e, Storage p, Storage q, Storage dy, Storage dp, Storage dq);

  /// `y[0] = sum over k of weight[k] s_k / count[0]`, 0 if `count` is 0.
  void mean(int n, Storage s, Storage weight, Storage count, Storage y);

  /// `ds[k] = alpha * dy[0] * weight[k] / count[0]`, 0 if `count` is 0.
  void meanBackward(int n, double alpha, Storage weight, Storage count, Storage dy, Storage ds);

  /// The order loss over `branches` branches (the teacher and its students): the expectation of
  /// every negative branch less that of every positive one,
  ///
  ///     y[0] = alpha * sum over i, j of (mean[branches + i] - mean[j])
  ///
  /// over the pairs whose counts are both above 0.
  ///
  /// @param means `[2 * branches]`: of the positives of each branch, then of the negatives
  /// @param counts `[2 * branches]`, likewise
  /// @param dmeans out, `[2 * branches]`: the derivative of `y[0]` for each mean
  void order(int branches, double alpha, Storage means, Storage counts, Storage y, Storage dmeans);
}

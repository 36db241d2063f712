package facet.tensor.kernel;

import facet.tensor.Storage;

/// Kernels over the rows of a matrix: normalisation, similarity, softmax with a margin.
public interface RowKernels {
  /// Rows `y` divided by their lengths `norm [rows]`.
  record UnitRows(Storage y, Storage norm) {}

  /// The cosines of rows and classes, `[rows, classes]`.
  ///
  /// @param labels integers `[rows]`, each in `[0, classes)`: the target of each row
  record Cosines(Matrix c, Storage labels) {
    public int rows() {
      return c.rows();
    }

    public int classes() {
      return c.columns();
    }
  }

  /// The gradients of [#adaptiveMargin].
  record AdaptiveGradient(Storage dc, Storage dp) {}

  /// `norm[r] = max(|x_r|, eps)`, `y_r = x_r / norm[r]`. With `eps > 0` a row of zeros stays one.
  void normalize(Matrix x, double eps, UnitRows out);

  /// `dx_r = (dy_r - y_r (y_r . dy_r)) / norm[r]`; where the norm was clamped (`norm[r] == eps`)
  /// `dx_r = dy_r / eps`.
  void normalizeBackward(UnitRows unit, double eps, Matrix dy, Storage dx);

  /// `y[r] = a_r . b_r`.
  void dot(Matrix a, Matrix b, Storage y);

  /// `dx_r = dy[r] * other_r`: the gradient of [#dot] for either factor.
  void dotBackward(Storage dy, Matrix other, Storage dx);

  /// For every row `i` of `x [rows, columns]` the largest `x_i . x_j` over the rows with another
  /// label, without keeping the whole matrix. A row without such a `j` gets
  /// [HistogramKernels#NO_SAMPLE] and position -1. The first `j` wins a tie.
  ///
  /// @param labels integers `[rows]`
  void hardestNegative(Matrix x, Storage labels, Hardest out);

  /// The similarity `value [rows]` of each row's hardest negative, and its position `argmax`,
  /// integers `[rows]`.
  record Hardest(Storage value, Storage argmax) {}

  /// `dx_i = dvalue[i] x_j + sum over k with argmax[k] = i of dvalue[k] x_k`, `j = argmax[i]`.
  /// A row without a negative (`argmax[i] = -1`) contributes nothing.
  void hardestNegativeBackward(Matrix x, Storage argmax, Storage dvalue, Storage dx);

  /// Softmax cross-entropy with a margin on the target's cosine, in one pass over the classes:
  ///
  ///     z[i,j] = scale * (psi(c[i,j]) if j = label[i], else c[i,j])
  ///     lse[i] = log sum over j of exp(z[i,j])
  ///     loss   = 1/rows * sum over i of (lse[i] - z[i,label[i]])        0 without rows
  ///
  /// @param lse out, `[rows]`
  /// @param loss out, `[1]`
  void marginSoftmax(Cosines c, Margin margin, Storage lse, Storage loss);

  /// `dc[i,j] = dloss[0] * scale / rows * (exp(z[i,j] - lse[i]) - [j = label]) * psi'` with
  /// `psi' = 1` off the target.
  void marginSoftmaxBackward(Cosines c, Margin margin, Storage lse, Storage dloss, Storage dc);

  /// The cosines that a plain softmax is trained on under an adaptive margin: with `limit` of the
  /// row's target, `hard` = `c[i,j] > limit[i]`,
  ///
  ///     y[i,j] = psi(c[i,j], p[i])               if j = label[i]
  ///              c[i,j] (p[i] + c[i,j])          if hard
  ///              c[i,j]                          otherwise
  ///
  /// @param p the rows' parameters, `[rows]`
  void adaptiveMargin(Cosines c, AdaptiveMargin margin, Storage p, Storage y);

  /// `dc[i,j] = dy[i,j]` times `psi'`, `p[i] + 2 c[i,j]` or 1 as above, and
  /// `dp[i] = dy[i,label] dpsi/dp + sum over the hard j of dy[i,j] c[i,j]`.
  void adaptiveMarginBackward(
      Cosines c, AdaptiveMargin margin, Storage p, Storage dy, AdaptiveGradient out);
}

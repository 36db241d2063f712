package facet.nn;

import java.util.Arrays;

/// The function of each channel that a trained batch norm is, `scale x + shift`.
record Affine(double[] scale, double[] shift) {
  /// The one that changes nothing.
  static Affine identity(int channels) {
    var one = new double[channels];
    Arrays.fill(one, 1);
    return new Affine(one, new double[channels]);
  }
}

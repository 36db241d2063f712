package facet.nn;

/// The function of each channel that a trained batch norm is, `scale x + shift`.
record Affine(double[] scale, double[] shift) {}

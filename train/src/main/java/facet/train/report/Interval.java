package facet.train.report;

/// Between which values a rate may lie.
record Interval(double low, double high) {
  private static final double Z = 1.959964; // 95 % of a normal distribution

  /// Wilson's interval of a rate that was seen `n` times.
  static Interval wilson(double rate, int n) {
    var scale = 1 + Z * Z / n;
    var centre = (rate + Z * Z / (2.0 * n)) / scale;
    var half = Z / scale * Math.sqrt(rate * (1 - rate) / n + Z * Z / (4.0 * n * n));
    return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
  }
}

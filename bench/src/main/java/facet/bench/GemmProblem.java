package facet.bench;

import java.util.regex.Pattern;

/// A matrix product `[m, k] x [k, n]` as benchmark parameters name it: `MxNxK`, with `:TN`, `:NT`
/// or `:TT` behind it where factors are stored transposed.
record GemmProblem(int m, int n, int k, boolean transposeA, boolean transposeB) {
  private static final Pattern FORM = Pattern.compile("(\\d+)x(\\d+)x(\\d+)(?::([NT])([NT]))?");

  static GemmProblem parse(String text) {
    var match = FORM.matcher(text);
    if (!match.matches()) {
      throw new IllegalArgumentException(
          "product '" + text + "' should look like 512x512x512 or 64x32x16:TN");
    }
    return new GemmProblem(
        Integer.parseInt(match.group(1)),
        Integer.parseInt(match.group(2)),
        Integer.parseInt(match.group(3)),
        "T".equals(match.group(4)),
        "T".equals(match.group(5)));
  }

  double flop() {
    return 2.0 * m * n * k;
  }
}

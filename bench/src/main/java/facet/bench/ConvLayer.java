package facet.bench;

import facet.tensor.kernel.Conv2dShape;
import java.util.regex.Pattern;

/// A convolution as benchmark parameters name it: `IN-OUT@SIDE`, a 3x3 window with stride 1; `/2`
/// is the stride, `k1` the window: `64-128@56/2k1`.
record ConvLayer(int in, int out, int side, int stride, int kernel) {
  private static final Pattern FORM =
      Pattern.compile("(\\d+)-(\\d+)@(\\d+)(?:/(\\d+))?(?:k(\\d+))?");

  static ConvLayer parse(String text) {
    var match = FORM.matcher(text);
    if (!match.matches()) {
      throw new IllegalArgumentException(
          "layer '" + text + "' should look like 64-64@112, 64-64@112/2 or 64-128@56/2k1");
    }
    return new ConvLayer(
        Integer.parseInt(match.group(1)),
        Integer.parseInt(match.group(2)),
        Integer.parseInt(match.group(3)),
        match.group(4) == null ? 1 : Integer.parseInt(match.group(4)),
        match.group(5) == null ? 3 : Integer.parseInt(match.group(5)));
  }

  Conv2dShape shape(int batch) {
    return new Conv2dShape(batch, side, side, in, out, kernel, kernel, stride, kernel / 2);
  }

  /// Operations by the definition: an algorithm that needs fewer may pass the machine's peak.
  double flop(int batch) {
    var s = shape(batch);
    return 2.0 * batch * s.oh() * s.ow() * out * kernel * kernel * in;
  }
}

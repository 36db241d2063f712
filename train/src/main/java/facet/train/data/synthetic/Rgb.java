package facet.train.data.synthetic;

import java.util.Arrays;
import java.util.List;

/// A linear colour, 1 = white. Byte values are its square root (gamma 2), which keeps light
/// additive and needs no `pow`.
record Rgb(double r, double g, double b) {
  /// From a `0xRRGGBB` display colour.
  static Rgb of(int hex) {
    double r = (hex >> 16 & 255) / 255.0;
    double g = (hex >> 8 & 255) / 255.0;
    double b = (hex & 255) / 255.0;
    return new Rgb(r * r, g * g, b * b);
  }

  /// As [#of], of several.
  static List<Rgb> all(int... hex) {
    return Arrays.stream(hex).mapToObj(Rgb::of).toList();
  }

  /// From hue (turns), saturation and value, all in [0, 1].
  static Rgb hsv(double hue, double saturation, double value) {
    return new Rgb(
        channel(hue, saturation, value),
        channel(hue + 2 / 3.0, saturation, value),
        channel(hue + 1 / 3.0, saturation, value));
  }

  private static double channel(double hue, double saturation, double value) {
    double distance = Math.abs((hue - Math.floor(hue)) * 6 - 3) - 1;
    double c = value * (1 - saturation * (1 - Shaping.clamp(distance)));
    return c * c;
  }

  Rgb mix(Rgb other, double t) {
    return new Rgb(
        Shaping.mix(r, other.r, t), Shaping.mix(g, other.g, t), Shaping.mix(b, other.b, t));
  }

  Rgb times(double k) {
    return new Rgb(r * k, g * k, b * k);
  }

  Rgb times(double kr, double kg, double kb) {
    return new Rgb(r * kr, g * kg, b * kb);
  }
}

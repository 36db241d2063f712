package facet.train.data.synthetic;

/// The paint at one point: colour, gloss (strength of the highlight) and glow (light added after
/// shading, as in the sparkle of an eye). One object is reused for all points of an image.
final class Surface {
  double r;
  double g;
  double b;
  double gloss;
  double glow;

  void set(Rgb colour, double shine) {
    r = colour.r();
    g = colour.g();
    b = colour.b();
    gloss = shine;
    glow = 0;
  }

  void times(double kr, double kg, double kb) {
    r *= kr;
    g *= kg;
    b *= kb;
  }

  void times(double k) {
    times(k, k, k);
  }

  /// Lays a colour over the present one.
  void cover(Rgb colour, double opacity) {
    r = Shaping.mix(r, colour.r(), opacity);
    g = Shaping.mix(g, colour.g(), opacity);
    b = Shaping.mix(b, colour.b(), opacity);
  }
}

package facet.train.data.synthetic;

import static facet.train.data.synthetic.Shaping.mix;
import static facet.train.data.synthetic.Shaping.noise;

/// What is behind the person: a plain wall, blurred shapes, or panels, never the same twice.
final class Backdrop {
  private enum Kind {
    WALL,
    BLUR,
    PANELS
  }

  private final Kind kind;
  private final Rgb near;
  private final Rgb far;
  private final double slant;
  private final int salt;

  Backdrop(Sample sample) {
    var random = sample.draws(0);
    kind = Kind.values()[random.below(3)];
    var scene = sample.scene();
    double light = .35 + .75 * (sample.light().key() + sample.light().ambient()) / 1.4;
    double shown = Math.min(1, light);
    near = Rgb.hsv(scene.hue(), random.uniform(.08, .45), scene.brightness()).times(shown);
    far =
        Rgb.hsv(
                scene.hue() + random.uniform(-.25, .25),
                random.uniform(.08, .5),
                scene.brightness() * random.uniform(.5, 1.1))
            .times(shown);
    slant = random.uniform(-1, 1);
    salt = (int) random.bits();
  }

  /// The colour at (x, y), both 0 … 1, y downwards.
  void paint(double x, double y, Surface to) {
    double t =
        switch (kind) {
          case WALL -> .5 + .5 * (slant * (x - .5) + (y - .5));
          case BLUR -> Shaping.step(.3, .7, noise(x * 4 + 7, y * 4 + 7, salt));
          case PANELS -> {
            int panel = (int) Math.floor(x * 5 + slant * y);
            yield Shaping.lattice(panel, 0, salt);
          }
        };
    to.r = mix(near.r(), far.r(), t);
    to.g = mix(near.g(), far.g(), t);
    to.b = mix(near.b(), far.b(), t);
  }
}

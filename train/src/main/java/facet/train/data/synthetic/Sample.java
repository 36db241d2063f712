package facet.train.data.synthetic;

import facet.train.data.RandomStream;
import org.jspecify.annotations.Nullable;

/// How a person is photographed: everything that changes from image to image.
///
/// Angles are in degrees: positive yaw turns to the viewer's right, positive pitch looks up,
/// positive roll tips the head clockwise.
///
/// @param zoom magnification, 1 = the whole head fills the image
/// @param shiftX shift to the right, in image halves
/// @param shiftY shift upwards, in image halves
/// @param resolution the side, in pixels, the image is reduced to before it is enlarged again;
///     0 keeps it whole
/// @param noise standard deviation of the sensor noise, 1 = white
/// @param salt seeds the texture of background and noise
public record Sample(
    double yaw,
    double pitch,
    double roll,
    double zoom,
    double shiftX,
    double shiftY,
    Expression expression,
    Light light,
    Scene scene,
    int resolution,
    double noise,
    Occlusion occlusion,
    long salt) {

  /// The moving parts of the face, each 0 (rest) … 1; gaze is −1 … 1, the smile may be slightly
  /// negative (a frown).
  public record Expression(
      double open, double smile, double blink, double gaze, double browRaise) {}

  /// A directional key light and a soft ambient one. Direction in degrees: azimuth 0 = from the
  /// camera, 90 = from the viewer's right; warmth −1 (blue) … 1 (orange).
  public record Light(
      double azimuth, double elevation, double key, double ambient, double warmth) {}

  /// Backdrop: hue in turns, brightness 0 … 1, and the hue of the clothes; glasses are put on in
  /// most images of those who own a pair.
  public record Scene(
      double hue, double brightness, double clothHue, double clothBrightness, boolean glasses) {}

  /// Random numbers of this image's own, for one purpose.
  Draws draws(int purpose) {
    return new Draws(new RandomStream(salt).at(purpose));
  }

  /// The trouble that makes a hard image hard.
  private enum Trouble {
    POSE,
    RESOLUTION,
    LIGHT,
    OCCLUSION
  }

  /// A near frontal, well lit, sharp and uncovered image: |yaw| < 15, |pitch| < 8, |roll| < 6, key
  /// light within 50° of the camera.
  static Sample easy(Draws random) {
    return draw(random, null);
  }

  /// A hard image. The main trouble is pose (40 %: |yaw| 45 … 75), resolution (22 %: 10 … 18
  /// pixels), light (20 %: dark or from the side, with noise) or occlusion (18 %); each of the
  /// others joins with 12 %.
  static Sample hard(Draws random) {
    double u = random.uniform();
    return draw(
        random,
        u < .40
            ? Trouble.POSE
            : u < .62 ? Trouble.RESOLUTION : u < .82 ? Trouble.LIGHT : Trouble.OCCLUSION);
  }

  private static boolean has(Trouble trouble, @Nullable Trouble main, Draws random) {
    boolean joins = random.chance(.12);
    return main != null && (main == trouble || joins);
  }

  private static Sample draw(Draws random, @Nullable Trouble main) {
    boolean turned = has(Trouble.POSE, main, random);
    boolean small = has(Trouble.RESOLUTION, main, random);
    boolean badlyLit = has(Trouble.LIGHT, main, random);
    boolean covered = has(Trouble.OCCLUSION, main, random);
    double side = random.chance(.5) ? 1 : -1;
    return new Sample(
        turned ? side * random.uniform(45, 75) : random.uniform(-15, 15),
        random.uniform(-8, 8) * (turned ? 1.3 : 1),
        random.uniform(-6, 6),
        random.uniform(.95, 1.13),
        random.uniform(-.07, .07),
        random.uniform(-.07, .07),
        expression(random),
        badlyLit ? badLight(random) : goodLight(random),
        new Scene(
            random.uniform(),
            random.uniform(.25, .95),
            random.uniform(),
            random.uniform(.15, .9),
            random.chance(.85)),
        small ? 10 + random.below(9) : 0,
        badlyLit ? random.uniform(.03, .07) : random.uniform(.004, .015),
        covered ? Occlusion.values()[1 + random.below(4)] : Occlusion.NONE,
        random.bits());
  }

  private static Expression expression(Draws random) {
    return new Expression(
        random.chance(.35) ? random.uniform(.15, .9) : 0,
        random.uniform(-.1, 1),
        random.chance(.06) ? random.uniform(.6, 1) : random.uniform(0, .2),
        random.uniform(-1, 1),
        random.uniform(-.4, 1));
  }

  private static Light goodLight(Draws random) {
    return new Light(
        random.uniform(-45, 45),
        random.uniform(10, 50),
        random.uniform(.7, .98),
        random.uniform(.3, .48),
        random.uniform(-.5, .7));
  }

  private static Light badLight(Draws random) {
    double side = random.chance(.5) ? 1 : -1;
    return random.chance(.5)
        ? new Light(
            side * random.uniform(75, 115),
            random.uniform(-10, 40),
            random.uniform(.8, 1.3),
            random.uniform(.015, .05),
            random.uniform(-1, 1))
        : new Light(
            side * random.uniform(0, 60),
            random.uniform(-30, 60),
            random.uniform(.07, .14),
            random.uniform(.03, .07),
            random.uniform(-1, 1));
  }
}

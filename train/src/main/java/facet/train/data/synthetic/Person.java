package facet.train.data.synthetic;

import facet.train.data.RandomStream;
import java.util.List;

/// Who is photographed: everything that stays the same in all images of one identity.
///
/// Lengths are in head units: x to the viewer's right, y up, z to the viewer, the eyes at y = 0,
/// the chin near −1, the crown near 1.1.
///
/// @param softness 0 angular … 1 soft features
/// @param age 0 young … 1 old
/// @param width half width of the head
/// @param chin distance from the eye line to the chin
/// @param crown distance from the eye line to the top of the skull
/// @param jaw 0 pointed … 1 square
/// @param cheeks 0 hollow … 1 full
/// @param salt seeds the fine texture: freckles, strands
record Person(
    double softness,
    double age,
    double width,
    double chin,
    double crown,
    double jaw,
    double cheeks,
    double ears,
    Rgb skin,
    Eyes eyes,
    Nose nose,
    Mouth mouth,
    HairStyle hairStyle,
    Rgb hair,
    double hairline,
    Beard beard,
    double freckles,
    Mole mole,
    Glasses glasses,
    int salt) {

  /// Half distance between the eyes, half width, half height, slant, iris colour, and the brows
  /// above them: half thickness, height, arch, slant.
  record Eyes(
      double spacing,
      double width,
      double height,
      double tilt,
      Rgb iris,
      double browThickness,
      double browHeight,
      double browArch,
      double browTilt) {}

  /// Height of the tip (negative), half width, how far it stands out, and bend of the bridge.
  record Nose(double tip, double width, double projection, double bridge) {}

  /// Height (negative), half width, fullness of the lips, tint.
  record Mouth(double height, double width, double upper, double lower, double tint) {}

  /// A dark spot at (x, y); radius 0 is none.
  record Mole(double x, double y, double radius) {}

  enum Beard {
    NONE,
    STUBBLE,
    MOUSTACHE,
    GOATEE,
    FULL
  }

  /// Half size and roundness of the lenses (2 = round, larger = squarer); size 0 is none.
  record Glasses(double width, double height, double roundness, double thickness, Rgb frame) {
    boolean worn() {
      return width > 0;
    }
  }

  private static final List<Rgb> SKIN =
      Rgb.all(0xFFDCC8, 0xF3C6A2, 0xDEA878, 0xBC8256, 0x8F5A3A, 0x5F3C2A);
  private static final List<Rgb> HAIR =
      Rgb.all(
          0x1C1819, 0x3A261C, 0x6B4428, 0x1C1819, 0x8A3B1E, 0xC4642C, 0xDDB671, 0xEBD9A8, 0x4A3020);
  private static final List<Rgb> GREY = Rgb.all(0x8C8A88, 0xC9C7C4, 0xEFEDEA);
  private static final List<Rgb> IRIS =
      Rgb.all(0x3A2315, 0x5A3519, 0x7A5A2A, 0x4F7A45, 0x3F78B0, 0x7D93A6);
  private static final List<Rgb> FRAMES = Rgb.all(0x1A1A1C, 0x5A2C18, 0x9A1F2B, 0xB8B8BC, 0x1F3A6B);
  private static final double[] PRIMES = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41};

  /// The person number `index` of the population `seed`.
  ///
  /// The attributes that strike the eye come from a Kronecker sequence, frac(shift + index·√prime),
  /// shifted by the seed: consecutive people then differ more than independent draws would.
  static Person draw(long seed, int index) {
    double[] q = striking(seed, index);
    var random = new Draws(new RandomStream(seed).at(1).at(index));
    double softness = q[0];
    boolean soft = softness > .5;
    double age = Math.max(0, (q[6] - .45) / .55);
    HairStyle style = soft ? pick(HairStyle.SOFT, q[2]) : pick(HairStyle.ANGULAR, q[2]);
    return new Person(
        softness,
        age,
        .66 + .17 * q[4] - .02 * softness,
        random.uniform(.92, 1.12) - .04 * softness,
        random.uniform(1.06, 1.2),
        Shaping.clamp(q[5] * 1.1 - .35 * softness + .15),
        random.uniform(),
        random.uniform(.8, 1.25),
        skin(q[1], random),
        eyes(q[8], q[9], softness, random),
        new Nose(
            -.30 - .14 * q[10],
            .105 + .095 * q[11] - .015 * softness,
            random.uniform(.17, .31) - .03 * softness,
            random.uniform(-.04, .07)),
        mouth(q[12], softness, random),
        style,
        hair(q[3], q[1], age, random),
        random.uniform(-.06, .1),
        soft ? Beard.NONE : pick(List.of(Beard.values()), q[7]),
        random.chance(.22) && q[1] < .45 ? random.uniform(.4, 1) : 0,
        mole(random),
        glasses(random),
        (int) random.bits());
  }

  /// The attributes that strike the eye, each in `[0, 1)`.
  private static double[] striking(long seed, int index) {
    var shift = new Draws(new RandomStream(seed).at(0));
    double[] q = new double[PRIMES.length];
    for (int k = 0; k < q.length; k++) {
      double v = shift.uniform() + index * Math.sqrt(PRIMES[k]);
      q[k] = v - Math.floor(v);
    }
    return q;
  }

  /// How dark the skin of person `index` is: 0 fair, towards 1 dark.
  static double tone(long seed, int index) {
    return striking(seed, index)[1];
  }

  private static <T> T pick(List<T> values, double q) {
    return values.get((int) (q * values.size()));
  }

  private static Rgb skin(double tone, Draws random) {
    double position = tone * (SKIN.size() - 1);
    int k = Math.min((int) position, SKIN.size() - 2);
    double warm = random.uniform(-.06, .06);
    return SKIN.get(k).mix(SKIN.get(k + 1), position - k).times(1 + warm, 1, 1 - 1.5 * warm);
  }

  private static Rgb hair(double q, double tone, double age, Draws random) {
    if (random.chance(.06)) {
      return Rgb.hsv(random.uniform(), .6, .6);
    }
    if (age > .55 && random.chance(.8)) {
      return pick(GREY, random.uniform());
    }
    int choices = tone > .6 && random.chance(.85) ? 3 : HAIR.size();
    return HAIR.get((int) (q * choices)).times(random.uniform(.85, 1.15));
  }

  private static Eyes eyes(double size, double slant, double softness, Draws random) {
    double width = .145 + .05 * size;
    return new Eyes(
        width + random.uniform(.14, .205),
        width,
        width * (random.uniform(.42, .62) + .06 * softness),
        -.2 + .5 * slant,
        pick(IRIS, random.uniform()),
        random.uniform(.028, .06) - .02 * softness,
        random.uniform(.17, .25) + .02 * softness,
        random.uniform(.0, .07),
        random.uniform(-.2, .13));
  }

  private static Mouth mouth(double width, double softness, Draws random) {
    return new Mouth(
        -random.uniform(.60, .68),
        .19 + .12 * width,
        random.uniform(.025, .055) + .012 * softness,
        random.uniform(.04, .075) + .015 * softness,
        random.uniform(.1, .45) + .45 * softness * random.uniform());
  }

  private static Mole mole(Draws random) {
    double side = random.chance(.5) ? 1 : -1;
    double x = side * random.uniform(.25, .5);
    double y = random.uniform(-.7, -.2);
    return new Mole(x, y, random.chance(.25) ? .028 : 0);
  }

  private static Glasses glasses(Draws random) {
    boolean worn = random.chance(.25);
    double width = random.uniform(.2, .25);
    double height = width * random.uniform(.7, 1);
    return new Glasses(
        worn ? width : 0,
        height,
        random.chance(.5) ? 2 : 4,
        random.uniform(.016, .034),
        pick(FRAMES, random.uniform()));
  }
}

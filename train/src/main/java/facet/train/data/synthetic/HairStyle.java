package facet.train.data.synthetic;

import java.util.List;

/// A haircut as a hairline and a volume.
///
/// The hairline is the height y where hair begins, at the angles [#ANGLES] around the head (0 = the
/// middle of the forehead, π = the nape); hair covers everything above it.
enum HairStyle {
  BALD(0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9),
  BALDING(.05, .1, 0, 0, 9, 9, 2, .5, .05, .22, -.35, -.6),
  BUZZ(.035, .1, 0, 0, .68, .66, .52, .22, -.1, .2, -.4, -.6),
  SHORT(.13, .25, 0, .10, .62, .62, .5, .18, -.15, .2, -.4, -.65),
  QUIFF(.12, .3, .1, .26, .72, .68, .5, .25, -.05, .22, -.4, -.6),
  SIDE_PART(.14, .25, .22, .05, .52, .6, .45, .1, -.2, .15, -.45, -.7),
  CURLY(.26, .9, 0, .1, .55, .55, .4, .1, -.25, -.2, -.6, -.8),
  AFRO(.46, .8, 0, .12, .6, .58, .42, .1, -.3, -.4, -.6, -.6),
  BOB(.17, .2, .1, .06, .68, .55, .3, -.72, -.84, -.86, -.88, -.9),
  FRINGE(.17, .2, 0, .06, .27, .26, .22, -.66, -.8, -.82, -.85, -.88),
  LONG(.17, .25, -.06, .04, .72, .6, .25, -1.3, -1.5, -1.55, -1.6, -1.6),
  WAVY(.25, .75, .14, .06, .62, .56, .2, -.95, -1.3, -1.4, -1.4, -1.4),
  BUN(.08, .15, 0, .02, .68, .66, .55, .25, -.05, .1, -.35, -.55);

  static final List<HairStyle> ANGULAR =
      List.of(SHORT, BALD, SIDE_PART, CURLY, QUIFF, BUZZ, BALDING, AFRO, LONG);
  static final List<HairStyle> SOFT = List.of(LONG, BOB, BUN, FRINGE, WAVY, AFRO, CURLY, SIDE_PART);

  static final double[] ANGLES = {0, .4, .75, 1.05, 1.35, 1.65, 2.2, 3.2};

  /// Thickness over the skull, how far it curls (0 straight … 1), how far the parting tilts the
  /// front hairline, and extra thickness on top.
  final double thickness;

  final double curl;
  final double parting;
  final double crown;

  @SuppressWarnings("ImmutableEnumChecker") // never written to
  private final double[] heights;

  HairStyle(double thickness, double curl, double parting, double crown, double... heights) {
    this.thickness = thickness;
    this.curl = curl;
    this.parting = parting;
    this.crown = crown;
    this.heights = heights;
  }

  /// Hair that hangs free instead of following the skull.
  boolean hangs() {
    return heights[heights.length - 1] <= -.8;
  }

  /// The height of the hairline at an angle around the head.
  double hairline(double angle) {
    double a = Math.abs(angle);
    int k = 1;
    while (k < ANGLES.length - 1 && a > ANGLES[k]) {
      k++;
    }
    double t = Shaping.step(ANGLES[k - 1], ANGLES[k], a);
    return Shaping.mix(heights[k - 1], heights[k], t) + parting * angle * Shaping.step(1, .6, a);
  }
}

package facet.train.data.synthetic;

import static facet.train.data.synthetic.Shaping.bump;
import static facet.train.data.synthetic.Shaping.clamp;
import static facet.train.data.synthetic.Shaping.mix;
import static facet.train.data.synthetic.Shaping.step;

/// The head as a stack of horizontal slices, each a rounded rectangle, with the features of the
/// face raised along z.
///
/// Points carry `u, v` = their place (x, y) on the smooth, expressionless head, where
/// [FacePaint] draws eyes, brows, lips; `cut` holds how far a point faces forward (1 = front,
/// −1 = back).
final class HeadShape {
  static final int ROWS = 76;
  static final int COLS = 77;

  private static final double FRONT = .84;
  private static final double BACK = -.92;

  private final Person person;
  private final double[] sin = new double[COLS];
  private final double[] cos = new double[COLS];
  private final double[] angle = new double[COLS];

  HeadShape(Person person) {
    this.person = person;
    for (int c = 0; c < COLS; c++) {
      double s = 2.0 * c / (COLS - 1) - 1;
      angle[c] = StrictMath.PI * s * mix(.55, 1, s * s); // finer in front
      double sine = StrictMath.sin(angle[c]);
      double cosine = StrictMath.cos(angle[c]);
      double norm =
          StrictMath.pow(
              StrictMath.pow(Math.abs(sine), 2.3) + StrictMath.pow(Math.abs(cosine), 2.3), 1 / 2.3);
      sin[c] = sine / norm;
      cos[c] = cosine / norm;
    }
  }

  double angle(int col) {
    return angle[col];
  }

  double sin(int col) {
    return sin[col];
  }

  double cos(int col) {
    return cos[col];
  }

  /// One slice of the smooth head: half width, the z of its front, back and widest point.
  record Slice(double width, double front, double back, double middle) {
    double z(double cosine) {
      return middle + (cosine >= 0 ? front - middle : middle - back) * cosine;
    }
  }

  Slice slice(double y) {
    if (y >= 0) {
      double k = Math.min(y / person.crown(), 1);
      double wide = Math.sqrt(1 - StrictMath.pow(k, 2.7));
      double deep = Math.sqrt(1 - StrictMath.pow(k, 2.5));
      return new Slice(person.width() * wide, FRONT * deep, BACK * deep, 0);
    }
    double s = Math.min(-y / person.chin(), 1);
    double taper = 1 - (.14 + .24 * (1 - person.jaw())) * StrictMath.pow(s, 1.3);
    double round = Math.sqrt(1 - StrictMath.pow(s, 3.2 + 3 * person.jaw()));
    double cheeks = (.07 * person.cheeks() - .03) * bump((s - .5) / .5);
    double width = person.width() * taper * round + cheeks;
    double front = FRONT * (1 - .06 * s) * Math.sqrt(1 - StrictMath.pow(s, 11));
    return new Slice(width, front, mix(BACK, .3, step(.05, .95, s)), .36 * step(.1, 1, s));
  }

  /// The face with an expression; a full beard adds volume.
  Mesh face(Sample.Expression expression) {
    var mesh = new Mesh(ROWS, COLS);
    for (int r = 0; r < ROWS; r++) {
      double t = (r + .05) / (ROWS - .9);
      double f = .45 * t + .275 * (1 - StrictMath.cos(StrictMath.PI * t)); // finer at the poles
      double y = mix(-person.chin(), person.crown(), f);
      Slice slice = slice(y);
      for (int c = 0; c < COLS; c++) {
        int i = r * COLS + c;
        double x = slice.width * sin[c];
        double front = step(0, .4, cos[c]);
        double z = slice.z(cos[c]);
        if (front > 0) {
          z += front * relief(x, y, expression);
        }
        double drop = expression.open() * .13 * step(person.mouth().height() + .03, -.95, y);
        double bushy = beard(x, y, cos[c]) * .035;
        mesh.point(i, x + bushy * sin[c], y - drop * step(-.2, .5, cos[c]) - bushy, z + bushy);
        mesh.attributes(i, x, y, cos[c]);
      }
    }
    return mesh.withNormals();
  }

  /// How far the face stands out of the smooth head at (x, y).
  private double relief(double x, double y, Sample.Expression expression) {
    double ax = Math.abs(x);
    var eyes = person.eyes();
    double z = nose(ax, y);
    z -= .12 * bump((ax - eyes.spacing()) / .30, (y - .01) / .22);
    z += .085 * bump((ax - eyes.spacing()) / (1.25 * eyes.width()), y / .15);
    z += (.055 - .03 * person.softness()) * bump((ax - .28) / .4, (y - .22) / .16);
    z += (.05 + .05 * expression.smile() * .6) * bump((ax - .42) / .28, (y + .30) / .22);
    z -= .05 * (1 - person.cheeks()) * bump((ax - .5) / .25, (y + .55) / .3);
    z += mouth(ax, y, expression);
    z += (.07 + .04 * person.jaw()) * bump(ax / .28, (y + person.chin() - .15) / .2);
    return z;
  }

  private double nose(double ax, double y) {
    var nose = person.nose();
    double along = clamp((.12 - y) / (.12 - nose.tip())); // 0 at the root, 1 at the tip
    double rise = .45 * along + .55 * step(0, 1, along);
    double bridge = nose.bridge() * bump((along - .45) / .4);
    double profile = mix(.06, nose.projection(), rise) + bridge;
    double under = step(nose.tip() - .15, nose.tip() + .05, y) * step(.28, .02, y);
    double width = mix(.10, .75 * nose.width() + .055, along * along);
    double wings = .11 * bump((ax - .72 * nose.width()) / .085, (y - nose.tip() + .01) / .1);
    return profile * under * bump(ax / (1.7 * width)) + wings;
  }

  private double mouth(double ax, double y, Sample.Expression expression) {
    var mouth = person.mouth();
    double dy = y - mouth.height();
    double lips = .05 * bump(ax / (1.35 * mouth.width()), dy / .2);
    double upper = .5 * mouth.upper() * bump(ax / mouth.width(), (dy - .045) / .06);
    double lower = .6 * mouth.lower() * bump(ax / mouth.width(), (dy + .06) / .07);
    double line = -.03 * bump(ax / mouth.width(), dy / .035);
    double below = -.035 * bump(ax / .2, (dy + .17) / .08);
    return lips + upper + lower + line + below - .05 * expression.open() * bump(ax / .2, dy / .08);
  }

  /// How densely the beard grows at (u, v), 0 … 1; `front` distinguishes the cheek from the nape.
  double beard(double u, double v, double front) {
    return switch (person.beard()) {
      case NONE, STUBBLE -> 0;
      case MOUSTACHE, GOATEE, FULL -> growth(u, v, front);
    };
  }

  /// Where this person's kind of beard grows, 0 … 1.
  double growth(double u, double v, double front) {
    if (person.beard() == Person.Beard.NONE || front < -.1 || v > .05) {
      return 0;
    }
    var mouth = person.mouth();
    double ax = Math.abs(u);
    double moustache = moustache(ax, v);
    double lips = bump(ax / (1.15 * mouth.width()), (v - mouth.height() + .02) / .14);
    double bare = 1 - step(.25, .5, lips);
    double around =
        switch (person.beard()) {
          case GOATEE -> {
            double dx = ax / (1.1 * mouth.width() + .03);
            double dy = (v - mouth.height() + .16) / .34;
            yield step(1, .75, dx * dx + dy * dy);
          }
          case FULL, STUBBLE -> step(0, .07, jawLine(ax) - v) * step(-.1, .06, front);
          case NONE, MOUSTACHE -> 0;
        };
    return Math.max(moustache, around * bare);
  }

  /// Thick under the nose, thinning and falling towards the corners of the mouth.
  private double moustache(double ax, double v) {
    var mouth = person.mouth();
    double t = ax / (1.2 * mouth.width() + .03);
    double top = person.nose().tip() - .075;
    double lip = mouth.height() + 1.2 * mouth.upper();
    double centre = mix((top + lip) / 2, mouth.height() - .02, t * t);
    double half = ((top - lip) / 2 + .02) * (1 - t * t) + .008;
    return step(half + .014, half - .014, Math.abs(v - centre)) * step(1.02, .9, t);
  }

  /// The upper edge of a full beard: from the sideburn down over the cheek to the mouth.
  private double jawLine(double ax) {
    double k = clamp(ax / person.width());
    return mix(person.mouth().height() - .02, -.02, k * k * k);
  }
}

package facet.train.data.synthetic;

import static facet.train.data.synthetic.Shaping.bump;
import static facet.train.data.synthetic.Shaping.clamp;
import static facet.train.data.synthetic.Shaping.lattice;
import static facet.train.data.synthetic.Shaping.mix;
import static facet.train.data.synthetic.Shaping.noise;
import static facet.train.data.synthetic.Shaping.step;

/// What is painted on the face: skin, eyes, brows, lips, beard, freckles, wrinkles, in the
/// coordinates (u, v) of [HeadShape]. Edges are softened over one pixel.
final class FacePaint {
  private static final Rgb SCLERA = Rgb.of(0xF4EFEA);
  private static final Rgb PUPIL = Rgb.of(0x0C0A0A);
  private static final Rgb LASH = Rgb.of(0x241813);
  private static final Rgb TEETH = Rgb.of(0xF3EEE4);
  private static final Rgb THROAT = Rgb.of(0x5A1518);
  private static final Rgb LIPSTICK = Rgb.of(0xC04A58);

  private final Person person;
  private final Sample.Expression expression;
  private final HeadShape head;
  private final double pixel;
  private final Rgb brow;
  private final Rgb lips;
  private final boolean hairless;

  /// `pixel` is the side of a pixel in head units.
  FacePaint(Person person, Sample.Expression expression, HeadShape head, double pixel) {
    this.person = person;
    this.expression = expression;
    this.head = head;
    this.pixel = pixel;
    brow = person.hair().times(.6).mix(person.skin().times(.3), .35);
    lips = person.skin().times(.85, .55, .55).mix(LIPSTICK, .55 * person.mouth().tint());
    hairless = person.hairStyle() == HairStyle.BALD;
  }

  /// 1 where `inside` is positive, 0 where it is negative, blended over a pixel.
  private double cover(double inside) {
    return clamp(inside / pixel + .5);
  }

  void paint(double u, double v, double front, Surface to) {
    to.set(person.skin(), .10);
    if (front <= 0) {
      stubble(u, v, front, to);
      return;
    }
    double ax = Math.abs(u);
    complexion(u, v, ax, to);
    if (v > -.25 && v < .5) {
      eye(u, v, to);
      brow(u, v, to);
    }
    if (v < -.2) {
      nostrils(ax, v, to);
      stubble(u, v, front, to);
      mouth(u, v, to);
    }
    if (v > .3 && !hairless) {
      double line = person.hairStyle().hairline(u / person.width()) + person.hairline();
      to.times(mix(.72, 1, step(-.0, .16, line - v))); // the shadow hair casts
    }
  }

  private void complexion(double u, double v, double ax, Surface to) {
    double blush =
        .9 * bump((ax - .42) / .3, (v + .28) / .24)
            + .6 * bump(u / .2, (v - person.nose().tip()) / .14);
    to.times(1 + .05 * blush, 1 - .16 * blush, 1 - .14 * blush);
    var eyes = person.eyes();
    double socket = bump((ax - eyes.spacing()) / .27, (v - .03) / .19);
    to.times(1 - .2 * socket, 1 - .25 * socket, 1 - .24 * socket);
    double tip = person.nose().tip();
    double shade =
        .35 * bump(ax / (1.5 * person.nose().width()), (v - tip + .12) / .09)
            + .25 * bump(ax / .2, (v - person.mouth().height() + .19) / .06)
            + .18 * bump((ax - 1.25 * person.nose().width()) / .07, (v - tip) / .13)
            + .12 * bump((ax - .13) / .06, (v + .1) / .2);
    to.times(1 - .8 * shade, 1 - shade, 1 - shade);
    if (person.freckles() > 0) {
      freckles(u, v, to);
    }
    if (person.mole().radius() > 0) {
      double dx = u - person.mole().x();
      double dy = v - person.mole().y();
      to.cover(LASH, .85 * cover(person.mole().radius() - Math.sqrt(dx * dx + dy * dy)));
    }
    if (person.age() > .3) {
      wrinkles(ax, v, to);
    }
  }

  private void freckles(double u, double v, Surface to) {
    double where = bump(Math.abs(u) / .75, (v + .2) / .36);
    double cell = .055;
    int ix = (int) Math.floor(u / cell);
    int iy = (int) Math.floor(v / cell);
    double dx = u / cell - ix - .25 - .5 * lattice(ix, iy, person.salt() + 1);
    double dy = v / cell - iy - .25 - .5 * lattice(ix, iy, person.salt() + 2);
    double size = .1 + .3 * lattice(ix, iy, person.salt() + 3);
    double spot = clamp((size - Math.sqrt(dx * dx + dy * dy)) * 6) * Math.min(1, 1.6 * where);
    spot *= person.freckles();
    to.times(1 - .28 * spot, 1 - .45 * spot, 1 - .5 * spot);
  }

  /// Folds from nose to mouth, lines on the forehead, bags under the eyes.
  private void wrinkles(double ax, double v, Surface to) {
    double tip = person.nose().tip();
    double down = (tip + .04 - v) / (tip + .04 - person.mouth().height());
    double fold = mix(1.15 * person.nose().width(), 1.25 * person.mouth().width(), down);
    double line = bump((ax - fold) / .04) * step(-.1, .2, down) * step(1.35, .9, down);
    double forehead = .5 * bump((v - .4 + .1 * ax * ax) / .025) + .5 * bump((v - .52) / .02);
    line = Math.max(line, forehead * step(.45, .2, ax));
    double dx = (ax - person.eyes().spacing()) / person.eyes().width();
    double bag = -.8 * person.eyes().height() - .05 * (1 - dx * dx);
    line = Math.max(line, .8 * bump((v - bag) / .03) * step(1.3, .8, Math.abs(dx)));
    line *= .42 * (person.age() - .2);
    to.times(1 - .8 * line, 1 - line, 1 - line);
  }

  private void eye(double u, double v, Surface to) {
    var eyes = person.eyes();
    double side = u < 0 ? -1 : 1;
    double dx = side * u - eyes.spacing(); // positive towards the ear
    double dy = v - eyes.tilt() * dx;
    double t = dx / eyes.width();
    double t2 = t * t;
    if (t2 > 1.7) {
      return;
    }
    double open = 1 - expression.blink();
    double arc = 1 - t2;
    double low = -.62 * eyes.height() * arc * (1 - .12 * t) - .05 * eyes.height() * t;
    double base = low + .16 * Math.max(0, expression.smile()) * eyes.height() * arc;
    double high = mix(base + .006, 1.12 * eyes.height() * arc * (1 + .1 * t), open);
    double crease = high + .04 + .02 * person.softness();
    double fold = bump((dy - crease) / .022) * step(1.1, .8, Math.abs(t));
    to.times(1 - .35 * fold, 1 - .42 * fold, 1 - .42 * fold);
    double inside =
        Math.min(cover(high - dy), cover(dy - base)) * cover(eyes.width() - Math.abs(dx));
    if (inside > 0) {
      eyeball(dx * side, dy, t, high, inside, to);
    }
    double lash = (.016 + .014 * person.softness()) * (1 + .5 * t);
    double upper = cover(lash - Math.abs(dy - high)) * cover(1.1 * eyes.width() - Math.abs(dx));
    to.cover(LASH, .92 * upper * step(1.18, 1.0, Math.abs(t)));
    double lower = bump((dy - base) / .018) * step(1, .8, Math.abs(t));
    to.cover(LASH, .30 * lower);
  }

  private void eyeball(double dx, double dy, double t, double high, double inside, Surface to) {
    var eyes = person.eyes();
    double shade = mix(.62, 1, step(0, .09, high - dy)) * (1 - .25 * t * t);
    to.cover(SCLERA.times(shade), inside);
    to.gloss = mix(to.gloss, .04, inside);
    double ix = dx - .035 * expression.gaze();
    double iy = dy - .01;
    double radius = Math.sqrt(ix * ix + iy * iy);
    double iris = .30 * eyes.width() + .03;
    double ring = mix(1, .45, step(.7 * iris, iris, radius));
    double lit = shade * ring * (1.15 - 3 * iy);
    to.cover(eyes.iris().times(lit), inside * cover(iris - radius));
    to.cover(PUPIL, inside * cover(.45 * iris - radius));
    double hx = ix + .35 * iris;
    double hy = iy - .38 * iris;
    to.glow += .85 * inside * cover(.28 * iris - Math.sqrt(hx * hx + hy * hy));
  }

  private void brow(double u, double v, Surface to) {
    var eyes = person.eyes();
    double dx = Math.abs(u) - eyes.spacing();
    double t = dx / (1.22 * eyes.width()); // −1 at the nose … 1.15 at the temple
    if (t < -1.15 || t > 1.3) {
      return;
    }
    double centre =
        eyes.browHeight()
            + eyes.browTilt() * dx
            + eyes.browArch() * (1 - (t - .3) * (t - .3) * 1.2)
            + .05 * expression.browRaise();
    double half = eyes.browThickness() * mix(1.1, .45, step(-.2, 1.2, t));
    half *= step(-1.15, -.85, t) * step(1.25, .95, t);
    double hairs = .85 + .3 * (noise(u * 60 + v * 25, v * 18, person.salt()) - .5);
    double soft = (half - Math.abs(v - centre)) / Math.max(.018, pixel) + .5;
    to.cover(brow, .92 * clamp(soft) * hairs * step(0, .012, half));
  }

  private void nostrils(double ax, double v, Surface to) {
    var nose = person.nose();
    double hole = bump((ax - .52 * nose.width()) / .062, (v - nose.tip() + .075) / .04);
    double dark = clamp(1.6 * hole);
    to.times(1 - .6 * dark, 1 - .75 * dark, 1 - .75 * dark);
  }

  private void stubble(double u, double v, double front, Surface to) {
    if (person.beard() == Person.Beard.NONE) {
      return;
    }
    double growth = head.growth(u, v, front);
    if (growth > 0) {
      boolean light = person.beard() == Person.Beard.STUBBLE;
      double grain = noise(u * 45, v * 30, person.salt());
      double opacity = light ? .38 * (.7 + .6 * grain) : Math.min(1, growth * 1.5) * .97;
      to.cover(person.hair().times(.55 + .5 * grain), growth * opacity);
      to.gloss *= 1 - .8 * growth * opacity;
    }
  }

  private void mouth(double u, double v, Surface to) {
    var mouth = person.mouth();
    double half = mouth.width() * (1 + .22 * expression.smile() - .12 * expression.open());
    double t = u / half;
    if (Math.abs(t) > 1.25) {
      return;
    }
    double arc = 1 - t * t;
    double line = mouth.height() + .08 * expression.smile() * (t * t - .35);
    double gap = .5 * (.11 * expression.open() + .03 * Math.max(0, expression.smile() - .5)) * arc;
    double dy = v - line;
    double thin = 1 - .25 * Math.max(0, expression.smile());
    double cupid = 1 - .22 * bump(t / .22) + .06 * bump((Math.abs(t) - .3) / .25);
    double top = gap + 1.45 * mouth.upper() * thin * arc * cupid + .004;
    double bottom = -gap - 1.5 * mouth.lower() * thin * arc * (1 - .15 * t * t) - .004;
    double lip = Math.min(cover(top - dy), cover(dy - bottom)) * cover(half - Math.abs(u));
    double shine = dy < 0 ? 1.06 : .84;
    to.cover(lips.times(shine), lip * .88);
    to.gloss = mix(to.gloss, .22, lip);
    double closed = gap < .006 ? 1 : .5;
    double corner = cover(.012 - Math.abs(dy)) * step(1.12, .95, Math.abs(t)) * closed;
    to.cover(THROAT.times(.45), .8 * corner);
    double inside = Math.min(cover(gap - dy), cover(dy + gap)) * cover(half - Math.abs(u));
    if (gap > .004 && inside > 0) {
      to.cover(THROAT.times(.5), inside);
      double teeth = cover(dy - mix(-gap, gap, .42)) * (1 - .5 * t * t);
      to.cover(TEETH.times(.75), inside * teeth);
    }
  }
}

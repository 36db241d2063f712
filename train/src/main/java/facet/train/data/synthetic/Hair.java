package facet.train.data.synthetic;

import static facet.train.data.synthetic.Shaping.bump;
import static facet.train.data.synthetic.Shaping.mix;
import static facet.train.data.synthetic.Shaping.noise;
import static facet.train.data.synthetic.Shaping.step;

/// Shells around the head: hair, the beanie, the mask. Each is the smooth head blown up, with a
/// `cut` that is negative where the shell has a hole.
final class Hair {
  private static final int ROWS = 64;

  private final Person person;
  private final HeadShape head;

  Hair(Person person, HeadShape head) {
    this.person = person;
    this.head = head;
  }

  /// The lower edge of the hair at an angle around the head.
  double hairline(double angle) {
    double front = step(1.2, .5, Math.abs(angle));
    return person.hairStyle().hairline(angle) + person.hairline() * front;
  }

  /// Hair, pressed flat if something is worn over it; `u` is the angle around the head, `v` the
  /// height.
  Mesh hair(boolean pressed) {
    HairStyle style = person.hairStyle();
    double bottom = style.hangs() ? style.hairline(3.1) - .1 : -.9;
    double top = person.crown() + style.thickness * .8 + style.crown;
    double[] line = new double[HeadShape.COLS];
    for (int c = 0; c < HeadShape.COLS; c++) {
      double a = head.angle(c);
      double strands = .05 * (noise(a * 9, 0, person.salt()) - .5) * (style.hangs() ? 2 : 1);
      line[c] = hairline(a) - strands;
    }
    var mesh = new Mesh(ROWS, HeadShape.COLS);
    for (int r = 0; r < ROWS; r++) {
      double t = (r + .05) / (ROWS - .9);
      double y = mix(bottom, top, .4 * t + .6 * StrictMath.sin(t * StrictMath.PI / 2));
      double rise = Math.max(y, 0) / top;
      HeadShape.Slice slice =
          style.hangs() && y < 0
              ? hanging(y, bottom)
              : head.slice(y >= 0 ? rise * person.crown() : y);
      double narrow = narrow(slice);
      double wave = style.curl * .06 * (noise(y * 5, 3, person.salt()) - .5);
      for (int c = 0; c < HeadShape.COLS; c++) {
        double a = head.angle(c);
        double cut = y - line[c];
        if (style == HairStyle.BALDING) {
          cut = Math.min(cut, .74 - y); // bare on top
        }
        double edge = step(-.02, .22, cut);
        double thick = style.thickness * mix(.3 + .4 * step(0, .5, Math.abs(a)), 1, edge) - .012;
        thick *= 1 + style.curl * curls(a, y);
        double lift = style.crown * bump(a / 1.6) * step(.3, .9, y) * .6;
        double height = y;
        if (pressed) {
          double under = step(.2, .45, y);
          thick = mix(thick, Math.min(thick, .05), under);
          lift *= 1 - under;
          height = mix(y, Math.min(y, person.crown() + .05), under);
        }
        int i = r * HeadShape.COLS + c;
        double z = slice.z(head.cos(c)) + narrow * (thick + lift) * head.cos(c);
        mesh.point(i, (slice.width() + narrow * (thick + wave)) * head.sin(c), height, z);
        mesh.attributes(i, a, y, cut);
      }
    }
    return mesh.withNormals();
  }

  /// Round locks with sharp valleys between them, −0.5 … 0.5.
  private double curls(double angle, double y) {
    if (person.hairStyle().curl < .3) {
      return noise(angle * 6 + 40, y * 6 + 40, person.salt()) - .5;
    }
    double coarse = noise(angle * 3.5 + 40, y * 4 + 40, person.salt());
    double fine = noise(angle * 8 + 60, y * 9 + 60, person.salt());
    return .5 - .7 * Math.abs(2 * coarse - 1) - .3 * Math.abs(2 * fine - 1);
  }

  /// Below the ears long hair falls straight and gathers a little behind the neck.
  private HeadShape.Slice hanging(double y, double bottom) {
    double s = y / bottom;
    double width = person.width() * (1 + .02 * s - .12 * s * s);
    return new HeadShape.Slice(width, mix(.84, .45, s), mix(-.92, -.75, s), -.1 * s);
  }

  /// Closes a shell at the top: how much of its thickness is left in a slice.
  private double narrow(HeadShape.Slice slice) {
    return Math.min(1, 3 * slice.width() / person.width());
  }

  /// A knitted cap over hair and forehead; `u` is the angle, `v` the height above its rim.
  Mesh beanie() {
    double rim = .3;
    double top = person.crown() + .2;
    double puff = .09 + Math.min(person.hairStyle().thickness, .2) * .6;
    var mesh = new Mesh(24, HeadShape.COLS);
    for (int r = 0; r < mesh.rows; r++) {
      double t = (r + .01) / (mesh.rows - .98);
      double y = mix(rim - .12, top, StrictMath.sin(t * StrictMath.PI / 2));
      HeadShape.Slice slice = head.slice(Math.max(y - rim, 0) / (top - rim) * person.crown());
      for (int c = 0; c < HeadShape.COLS; c++) {
        double out = narrow(slice) * (puff + (y < rim + .14 ? .035 : 0));
        double z = slice.z(head.cos(c)) + out * head.cos(c);
        double tilt = .1 * (head.cos(c) - 1); // lower at the nape
        mesh.point(r * HeadShape.COLS + c, (slice.width() + out) * head.sin(c), y + tilt, z);
        mesh.attributes(r * HeadShape.COLS + c, head.angle(c), y - rim, 1);
      }
    }
    return mesh.withNormals();
  }

  /// A cloth mask over nose, mouth and chin, laid on the given face.
  Mesh mask(Mesh face) {
    var mesh = new Mesh(face.rows, face.cols);
    double top = mix(-.02, person.nose().tip(), .45);
    for (int i = 0; i < face.x.length; i++) {
      double u = face.u[i];
      double v = face.v[i];
      double ax = Math.abs(u) / person.width();
      double front = face.cut[i];
      double tent = .15 * bump(u / .45, (v - person.mouth().height() - .05) / .3);
      double edge = Math.min(top - .16 * ax - v, (front - .16) * .8);
      edge = Math.min(edge, v + person.chin() + .1);
      double out = .035;
      mesh.point(i, face.x[i] * (1 + out), face.y[i] - .02, face.z[i] + out + tent);
      mesh.attributes(i, u, v, edge);
    }
    for (int pass = 0; pass < 6; pass++) {
      smooth(mesh);
    }
    for (int i = 0; i < face.x.length; i++) {
      mesh.z[i] = Math.max(mesh.z[i], face.z[i] + .03f);
    }
    return mesh.withNormals();
  }

  /// Cloth spans hollows: every z becomes the mean of its neighbours, left, right, below, above.
  private static void smooth(Mesh mesh) {
    float[] z = mesh.z.clone();
    for (int r = 1; r + 1 < mesh.rows; r++) {
      for (int c = 1; c + 1 < mesh.cols; c++) {
        int i = r * mesh.cols + c;
        mesh.z[i] = .25f * (z[i - 1] + z[i + 1] + z[i - mesh.cols] + z[i + mesh.cols]);
      }
    }
  }
}

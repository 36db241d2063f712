package facet.train.data.synthetic;

import static facet.train.data.synthetic.Shaping.mix;
import static facet.train.data.synthetic.Shaping.step;

import java.util.ArrayList;
import java.util.List;

/// The simple solids around the face: ears, neck, shoulders, bun, glasses, a hand.
final class Props {
  private static final double LENS_Z = .93;

  private final Person person;

  Props(Person person) {
    this.person = person;
  }

  List<Mesh> ears() {
    double size = person.ears();
    double x = person.width() + .01;
    return List.of(
        Mesh.ellipsoid(-x, -.07, -.08, .085 * size, .21 * size, .13 * size, -10),
        Mesh.ellipsoid(x, -.07, -.08, .085 * size, .21 * size, .13 * size, 10));
  }

  Mesh bun() {
    return Mesh.ellipsoid(0, person.crown() + .1, -.35, .3, .26, .3, 0);
  }

  /// A tube from under the jaw to below the image, wider at its foot.
  Mesh neck() {
    double thick = person.width() * mix(.66, .52, person.softness());
    var mesh = new Mesh(16, 25);
    for (int r = 0; r < mesh.rows; r++) {
      double y = mix(-2, -.35, r / (mesh.rows - 1.0));
      double flare = 1 + .5 * step(-1.15, -1.7, y);
      for (int c = 0; c < mesh.cols; c++) {
        double a = 2 * StrictMath.PI * (c / (mesh.cols - 1.0) - .5);
        double x = thick * flare * StrictMath.sin(a);
        double z = -.22 + .42 * StrictMath.cos(a) + .12 * step(-.9, -1.6, y);
        mesh.point(r * mesh.cols + c, x, y, z);
        mesh.attributes(r * mesh.cols + c, x, y, 1);
      }
    }
    return mesh.withNormals();
  }

  /// Clothed shoulders with a round collar.
  Mesh shoulders() {
    double broad = mix(1.5, 1.25, person.softness());
    double thick = person.width() * mix(.66, .52, person.softness());
    var mesh = new Mesh(20, 41);
    for (int r = 0; r < mesh.rows; r++) {
      double t = r / (mesh.rows - 1.0); // 0 at the arms, 1 at the collar
      double slope = Math.sqrt(1 - (1 - t) * (1 - t));
      for (int c = 0; c < mesh.cols; c++) {
        double a = 2 * StrictMath.PI * (c / (mesh.cols - 1.0) - .5);
        double x = mix(broad, thick * 1.22, t) * StrictMath.sin(a);
        double z = -.2 + mix(.62, .52, t) * StrictMath.cos(a);
        double y = mix(-2.1, -1.22, slope) - .13 * t * StrictMath.cos(a);
        mesh.point(r * mesh.cols + c, x, y, z);
        mesh.attributes(r * mesh.cols + c, x, y, 1);
      }
    }
    return mesh.withNormals();
  }

  /// The frame: two rims, the bridge and the temples.
  List<Mesh> frame(Person.Glasses glasses) {
    double spacing = person.eyes().spacing() + .02;
    double outer = spacing + glasses.width();
    double thick = glasses.thickness();
    var meshes = new ArrayList<Mesh>();
    for (double side : new double[] {-1, 1}) {
      meshes.add(rim(side * spacing, LENS_Z, glasses));
      double ear = person.width() + .04;
      meshes.add(bar(side * outer, .06, LENS_Z - .05, side * ear, .04, -.1, 1.2 * thick));
    }
    double inner = spacing - glasses.width();
    meshes.add(bar(-inner, .04, LENS_Z + .03, inner, .04, LENS_Z + .03, thick));
    return meshes;
  }

  List<Mesh> lenses(Person.Glasses glasses) {
    double spacing = person.eyes().spacing() + .02;
    var meshes = new ArrayList<Mesh>();
    for (double side : new double[] {-1, 1}) {
      meshes.add(lens(side * spacing, LENS_Z, glasses));
    }
    return meshes;
  }

  /// The outline of a lens, the superellipse |x/w|ⁿ + |y/h|ⁿ = 1, bent around the face.
  private static double[] outline(double cx, double z, Person.Glasses glasses, double angle) {
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double n = glasses.roundness();
    double norm =
        StrictMath.pow(StrictMath.pow(Math.abs(cos), n) + StrictMath.pow(Math.abs(sin), n), 1 / n);
    double x = cx + glasses.width() * cos / norm;
    double y = -.015 + glasses.height() * sin / norm;
    return new double[] {x, y, z - .25 * x * x};
  }

  private static Mesh rim(double cx, double z, Person.Glasses glasses) {
    var mesh = new Mesh(7, 33);
    double thick = glasses.thickness();
    for (int c = 0; c < mesh.cols; c++) {
      double angle = 2 * StrictMath.PI * c / (mesh.cols - 1);
      double[] p = outline(cx, z, glasses, angle);
      double length = Math.sqrt((p[0] - cx) * (p[0] - cx) + p[1] * p[1]);
      for (int r = 0; r < mesh.rows; r++) {
        double around = 2 * StrictMath.PI * r / (mesh.rows - 1);
        double out = thick * StrictMath.cos(around);
        int i = r * mesh.cols + c;
        mesh.point(
            i,
            p[0] + out * (p[0] - cx) / length,
            p[1] + out * p[1] / length,
            p[2] + thick * StrictMath.sin(around));
        mesh.attributes(i, 0, 0, 1);
      }
    }
    return mesh.withNormals();
  }

  private static Mesh lens(double cx, double z, Person.Glasses glasses) {
    var mesh = new Mesh(4, 33);
    for (int c = 0; c < mesh.cols; c++) {
      double[] p = outline(cx, z, glasses, 2 * StrictMath.PI * c / (mesh.cols - 1));
      for (int r = 0; r < mesh.rows; r++) {
        double k = (r + .02) / (mesh.rows - .98);
        int i = r * mesh.cols + c;
        mesh.point(i, mix(cx, p[0], k), mix(-.015, p[1], k), p[2]);
        mesh.attributes(i, p[0] * k, p[1] * k, 1);
      }
    }
    return mesh.withNormals();
  }

  /// A straight round bar between two points, along x or z.
  private static Mesh bar(
      double x0, double y0, double z0, double x1, double y1, double z1, double thick) {
    var mesh = new Mesh(2, 9);
    boolean sideways = Math.abs(x1 - x0) > Math.abs(z1 - z0);
    for (int r = 0; r < 2; r++) {
      for (int c = 0; c < mesh.cols; c++) {
        double around = 2 * StrictMath.PI * c / (mesh.cols - 1);
        double up = thick * StrictMath.sin(around);
        double across = thick * StrictMath.cos(around);
        mesh.point(
            r * mesh.cols + c,
            mix(x0, x1, r) + (sideways ? 0 : across),
            mix(y0, y1, r) + up,
            mix(z0, z1, r) + (sideways ? across : 0));
        mesh.attributes(r * mesh.cols + c, 0, 0, 1);
      }
    }
    return mesh.withNormals();
  }

  /// A hand held before the face, from the lower left or right, in view coordinates.
  static List<Mesh> hand(double side, double height) {
    var meshes = new ArrayList<Mesh>();
    double tilt = 38 * side;
    meshes.add(Mesh.ellipsoid(side * .62, height - .5, 1.35, .34, .42, .14, -tilt));
    double[] lengths = {.36, .44, .42, .34};
    for (int finger = 0; finger < 4; finger++) {
      double spread = (finger - 1.5) * .165;
      double angle = StrictMath.toRadians(tilt + 9 * (finger - 1.5) * -1);
      double reach = .36 + lengths[finger] * .8;
      double x = side * .62 + spread * StrictMath.cos(angle) - reach * StrictMath.sin(angle);
      double y = height - .5 + reach * StrictMath.cos(angle) + spread * StrictMath.sin(angle);
      meshes.add(
          Mesh.ellipsoid(x, y, 1.38, .085, lengths[finger], .08, -StrictMath.toDegrees(angle)));
    }
    return meshes;
  }
}

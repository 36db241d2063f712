package facet.train.data.synthetic;

/// A grid of points in head units, `rows × cols`; neighbouring points span the surface.
///
/// The last column repeats the first one, so that (u, v) may jump at the seam. `u, v` are the
/// coordinates the shader paints with; points with `cut < 0` are not drawn.
final class Mesh {
  final int rows;
  final int cols;
  final float[] x;
  final float[] y;
  final float[] z;
  final float[] nx;
  final float[] ny;
  final float[] nz;
  final float[] u;
  final float[] v;
  final float[] cut;

  Mesh(int rows, int cols) {
    this.rows = rows;
    this.cols = cols;
    int n = rows * cols;
    x = new float[n];
    y = new float[n];
    z = new float[n];
    nx = new float[n];
    ny = new float[n];
    nz = new float[n];
    u = new float[n];
    v = new float[n];
    cut = new float[n];
  }

  void point(int i, double px, double py, double pz) {
    x[i] = (float) px;
    y[i] = (float) py;
    z[i] = (float) pz;
  }

  void attributes(int i, double pu, double pv, double pcut) {
    u[i] = (float) pu;
    v[i] = (float) pv;
    cut[i] = (float) pcut;
  }

  /// Normals from central differences: (∂p/∂column) × (∂p/∂row), which points outwards where
  /// columns run from left to right and rows upwards, seen from outside.
  Mesh withNormals() {
    for (int r = 0; r < rows; r++) {
      int below = Math.max(r - 1, 0) * cols;
      int above = Math.min(r + 1, rows - 1) * cols;
      for (int c = 0; c < cols; c++) {
        int left = r * cols + (c == 0 ? cols - 2 : c - 1);
        int right = r * cols + (c == cols - 1 ? 1 : c + 1);
        float ax = x[right] - x[left];
        float ay = y[right] - y[left];
        float az = z[right] - z[left];
        float bx = x[above + c] - x[below + c];
        float by = y[above + c] - y[below + c];
        float bz = z[above + c] - z[below + c];
        int i = r * cols + c;
        nx[i] = ay * bz - az * by;
        ny[i] = az * bx - ax * bz;
        nz[i] = ax * by - ay * bx;
      }
    }
    return this;
  }

  /// An ellipsoid, tipped by `roll` degrees in the image plane.
  static Mesh ellipsoid(
      double cx, double cy, double cz, double rx, double ry, double rz, double roll) {
    int rows = 13;
    int cols = 21;
    double angle = StrictMath.toRadians(roll);
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    var mesh = new Mesh(rows, cols);
    for (int r = 0; r < rows; r++) {
      double latitude = StrictMath.PI * ((r + .02) / (rows - .96) - .5);
      for (int c = 0; c < cols; c++) {
        double longitude = 2 * StrictMath.PI * c / (cols - 1);
        double px = rx * StrictMath.cos(latitude) * StrictMath.sin(longitude);
        double py = ry * StrictMath.sin(latitude);
        double pz = rz * StrictMath.cos(latitude) * StrictMath.cos(longitude);
        int i = r * cols + c;
        mesh.point(i, cx + cos * px + sin * py, cy - sin * px + cos * py, cz + pz);
        mesh.attributes(i, mesh.x[i], mesh.y[i], 1);
      }
    }
    return mesh.withNormals();
  }
}

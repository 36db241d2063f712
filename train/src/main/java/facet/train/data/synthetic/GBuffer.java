package facet.train.data.synthetic;

import java.util.Arrays;

/// A z-buffer that remembers, for the nearest surface at every pixel, what deferred shading needs:
/// material, normal and paint coordinates. The projection is orthographic.
final class GBuffer {
  final int size;
  final Material[] material;
  final float[] nx;
  final float[] ny;
  final float[] nz;
  final float[] u;
  final float[] v;
  final float[] cut;
  private final float[] depth;
  private final double scale;
  private final double centreY;

  /// `size × size` pixels that show `[−extent, extent]` in x and `centreY ± extent` in y.
  GBuffer(int size, double extent, double centreY) {
    int n = size * size;
    this.size = size;
    this.scale = size / (2 * extent);
    this.centreY = centreY;
    material = new Material[n];
    Arrays.fill(material, Material.BACKDROP);
    nx = new float[n];
    ny = new float[n];
    nz = new float[n];
    u = new float[n];
    v = new float[n];
    cut = new float[n];
    depth = new float[n];
    Arrays.fill(depth, Float.NEGATIVE_INFINITY);
  }

  /// The side of a pixel in head units.
  double pixel() {
    return 1 / scale;
  }

  /// A mesh in pixels and view-space unit normals.
  private record View(float[] x, float[] y, float[] z, float[] nx, float[] ny, float[] nz) {}

  void draw(Mesh mesh, Material of, Pose pose) {
    View view = project(mesh, pose);
    for (int r = 0; r + 1 < mesh.rows; r++) {
      for (int c = 0; c + 1 < mesh.cols; c++) {
        int i = r * mesh.cols + c;
        int j = i + mesh.cols;
        triangle(mesh, of, view, i, i + 1, j + 1);
        triangle(mesh, of, view, i, j + 1, j);
      }
    }
  }

  private View project(Mesh mesh, Pose pose) {
    int n = mesh.x.length;
    var view =
        new View(
            new float[n], new float[n], new float[n], new float[n], new float[n], new float[n]);
    for (int i = 0; i < n; i++) {
      double x = mesh.x[i];
      double y = mesh.y[i];
      double z = mesh.z[i];
      view.x[i] = (float) (size / 2.0 + scale * pose.x(x, y, z));
      view.y[i] = (float) (size / 2.0 - scale * (pose.y(x, y, z) - centreY));
      view.z[i] = (float) pose.z(x, y, z);
      double a = mesh.nx[i];
      double b = mesh.ny[i];
      double c = mesh.nz[i];
      double unit = 1 / Math.sqrt(a * a + b * b + c * c + 1e-20);
      view.nx[i] = (float) (unit * pose.dot(0, a, b, c));
      view.ny[i] = (float) (unit * pose.dot(1, a, b, c));
      view.nz[i] = (float) (unit * pose.dot(2, a, b, c));
    }
    return view;
  }

  /// Fills the pixels whose centres lie in the triangle, by barycentric coordinates. Seen from
  /// behind, its normals are turned to the viewer; the face is closed, so its far side is left out.
  private void triangle(Mesh mesh, Material of, View t, int a, int b, int c) {
    float ax = t.x[a];
    float ay = t.y[a];
    float bx = t.x[b] - ax;
    float by = t.y[b] - ay;
    float cx = t.x[c] - ax;
    float cy = t.y[c] - ay;
    float area = bx * cy - cx * by;
    float facing = area < 0 ? 1 : -1; // image y runs downwards
    boolean face = of == Material.FACE;
    boolean hidden = face ? facing < 0 : mesh.cut[a] < 0 && mesh.cut[b] < 0 && mesh.cut[c] < 0;
    if (area == 0 || hidden) {
      return;
    }
    float unit = 1 / area;
    int left = Math.max(0, (int) Math.ceil(min(ax, t.x[b], t.x[c]) - .5));
    int right = Math.min(size - 1, (int) Math.floor(max(ax, t.x[b], t.x[c]) - .5));
    int top = Math.max(0, (int) Math.ceil(min(ay, t.y[b], t.y[c]) - .5));
    int bottom = Math.min(size - 1, (int) Math.floor(max(ay, t.y[b], t.y[c]) - .5));
    for (int row = top; row <= bottom; row++) {
      float py = row + .5f - ay;
      for (int col = left; col <= right; col++) {
        float px = col + .5f - ax;
        float wb = (px * cy - cx * py) * unit;
        float wc = (bx * py - px * by) * unit;
        float wa = 1 - wb - wc;
        if (wa < 0 || wb < 0 || wc < 0) {
          continue;
        }
        int p = row * size + col;
        float z = wa * t.z[a] + wb * t.z[b] + wc * t.z[c];
        float hole = wa * mesh.cut[a] + wb * mesh.cut[b] + wc * mesh.cut[c];
        if (z > depth[p] && (face || hole >= 0)) {
          depth[p] = z;
          material[p] = of;
          nx[p] = facing * (wa * t.nx[a] + wb * t.nx[b] + wc * t.nx[c]);
          ny[p] = facing * (wa * t.ny[a] + wb * t.ny[b] + wc * t.ny[c]);
          nz[p] = facing * (wa * t.nz[a] + wb * t.nz[b] + wc * t.nz[c]);
          u[p] = wa * mesh.u[a] + wb * mesh.u[b] + wc * mesh.u[c];
          v[p] = wa * mesh.v[a] + wb * mesh.v[b] + wc * mesh.v[c];
          cut[p] = hole;
        }
      }
    }
  }

  private static float min(float a, float b, float c) {
    return Math.min(a, Math.min(b, c));
  }

  private static float max(float a, float b, float c) {
    return Math.max(a, Math.max(b, c));
  }
}

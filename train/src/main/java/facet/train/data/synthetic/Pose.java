package facet.train.data.synthetic;

/// A rotation about the top of the neck, then a shift to the right: head units to view units.
///
/// @param m the rotation, row by row
record Pose(double[] m, double shift) {
  private static final double NECK_Y = -.55;
  private static final double NECK_Z = -.15;

  static final Pose IDENTITY = turn(0, 0, 0, 0);

  /// Yaw, pitch and roll in degrees (see [Sample]), then a shift.
  static Pose turn(double yaw, double pitch, double roll, double shift) {
    double a = StrictMath.toRadians(yaw);
    double b = StrictMath.toRadians(-pitch);
    double c = StrictMath.toRadians(-roll);
    double ca = StrictMath.cos(a);
    double sa = StrictMath.sin(a);
    double cb = StrictMath.cos(b);
    double sb = StrictMath.sin(b);
    double cc = StrictMath.cos(c);
    double sc = StrictMath.sin(c);
    double[] m = { // Rz(c) · Rx(b) · Ry(a)
      cc * ca - sc * sb * sa,
      -sc * cb,
      cc * sa + sc * sb * ca,
      sc * ca + cc * sb * sa,
      cc * cb,
      sc * sa - cc * sb * ca,
      -cb * sa,
      sb,
      cb * ca
    };
    return new Pose(m, shift);
  }

  double x(double px, double py, double pz) {
    return dot(0, px, py - NECK_Y, pz - NECK_Z) + shift;
  }

  double y(double px, double py, double pz) {
    return dot(1, px, py - NECK_Y, pz - NECK_Z) + NECK_Y;
  }

  double z(double px, double py, double pz) {
    return dot(2, px, py - NECK_Y, pz - NECK_Z) + NECK_Z;
  }

  /// Row `row` of the rotation applied to a direction.
  double dot(int row, double x, double y, double z) {
    return m[3 * row] * x + m[3 * row + 1] * y + m[3 * row + 2] * z;
  }
}

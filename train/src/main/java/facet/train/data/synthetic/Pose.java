package facet.train.data.synthetic;

/// A rotation about a pivot, then a translation: head units to view units.
///
/// @param m the rotation, row by row
record Pose(
    double[] m,
    double pivotX,
    double pivotY,
    double pivotZ,
    double shiftX,
    double shiftY,
    double shiftZ) {

  static final Pose IDENTITY = turn(0, 0, 0, 0, 0);

  /// Yaw, pitch and roll in degrees (see [Sample]) about the top of the neck, then a shift.
  static Pose turn(double yaw, double pitch, double roll, double shiftX, double shiftY) {
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
    return new Pose(m, 0, -.55, -.15, shiftX, shiftY, 0);
  }

  double x(double px, double py, double pz) {
    return dot(0, px - pivotX, py - pivotY, pz - pivotZ) + pivotX + shiftX;
  }

  double y(double px, double py, double pz) {
    return dot(1, px - pivotX, py - pivotY, pz - pivotZ) + pivotY + shiftY;
  }

  double z(double px, double py, double pz) {
    return dot(2, px - pivotX, py - pivotY, pz - pivotZ) + pivotZ + shiftZ;
  }

  /// Row `row` of the rotation applied to a direction.
  double dot(int row, double x, double y, double z) {
    return m[3 * row] * x + m[3 * row + 1] * y + m[3 * row + 2] * z;
  }
}

package facet.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorMathTest {
  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void expIsCorrectToOneUnitInTheLastPlace(int bits) {
    var worst = 0.0;
    for (var x = -87.33f; x < 88.72f; x += 0.00137f) {
      var expected = Math.exp(x);
      worst = Math.max(worst, Math.abs(exp(bits, x) - expected) / expected);
    }
    assertThat(worst).isPositive().isLessThan(1.2e-7);
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void expOfExtremeValues(int bits) {
    assertThat(exp(bits, 0)).isEqualTo(1);
    assertThat(exp(bits, -0f)).isEqualTo(1);
    assertThat(exp(bits, 1e-30f)).isEqualTo(1);
    assertThat(exp(bits, -87.4f)).isEqualTo(0);
    assertThat(exp(bits, -1e30f)).isEqualTo(0);
    assertThat(exp(bits, Float.NEGATIVE_INFINITY)).isEqualTo(0);
    assertThat(exp(bits, 88.722f)).isCloseTo(3.4e38f, within(1e36f));
    assertThat(exp(bits, 88.73f)).isInfinite();
    assertThat(exp(bits, 1e30f)).isInfinite();
    assertThat(exp(bits, Float.POSITIVE_INFINITY)).isInfinite();
    assertThat(exp(bits, Float.NaN)).isNaN();
  }

  private static float exp(int bits, float x) {
    return VectorMath.exp(FloatVector.broadcast(Lanes.of(bits).floats(), x)).lane(1);
  }
}

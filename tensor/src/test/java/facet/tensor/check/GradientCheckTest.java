package facet.tensor.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Tensor;
import facet.tensor.check.OpSpec.Input;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class GradientCheckTest {
  @TestFactory
  Stream<DynamicTest> everyOp() {
    return GradientCheck.tests(OpSpecs.all());
  }

  @Test
  void everyOpHasSmoothSpec() {
    assertThat(OpScan.withoutSpec(Op.class, "facet.tensor.op", OpSpecs.all())).isEmpty();
  }

  @Test
  void opWithoutSpecIsReported() {
    var other = "facet.tensor.check.OpContract$ToActivation"; // the contract's own
    assertThat(OpScan.withoutSpec(Softmax.class, "facet.tensor.check", List.of()))
        .containsExactly(Softmax.class.getName(), other);
    assertThat(OpScan.withoutSpec(Op.class, "facet.tensor.op", List.of()))
        .contains("facet.tensor.op.Conv2d", "facet.tensor.op.BatchNorm")
        .doesNotContain("facet.tensor.op.BatchNorm$Saved");
    var notSmooth = softmax(1).notSmooth();
    assertThat(OpScan.withoutSpec(Softmax.class, "facet.tensor.check", List.of(notSmooth)))
        .as("a spec without gradient check does not count")
        .containsExactly(Softmax.class.getName(), other);
    assertThat(OpScan.withoutSpec(Softmax.class, "facet.tensor.check", List.of(softmax(1))))
        .containsExactly(other);
  }

  @Test
  void softmaxBackwardWrongByFactorTwoIsCaught() {
    assertThatCode(() -> GradientCheck.check(softmax(1))).doesNotThrowAnyException();
    assertThatThrownBy(() -> GradientCheck.check(softmax(2)))
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching(
            "Softmax/factor 2: gradient of input 0 \\[3, 4] at 0: backward gives .*, finite"
                + " differences .*");
  }

  private static OpSpec softmax(int factor) {
    return OpSpec.of(
        Softmax.class, "factor " + factor, s -> new Softmax(factor), Input.normal(3, 4));
  }

  /// Row-wise softmax with a backward that is right for `factor` 1. The sum of a softmax is
  /// constant, so a gradient check with `dy = 1` expects 0 and gets 0 for every factor.
  record Softmax(double factor) implements Op<Tensor> {
    @Override
    public Forward<Tensor> forward(Scope scope, Tensor... in) {
      var x = in[0].toDoubles();
      var columns = in[0].shape().last();
      var p = new double[x.length];
      for (var i = 0; i < x.length; i++) {
        var sum = 0.0;
        for (var j = i - i % columns; j < i - i % columns + columns; j++) {
          sum += Math.exp(x[j]);
        }
        p[i] = Math.exp(x[i]) / sum;
      }
      var y = scope.of(in[0].shape(), p);
      return new Forward<>(y, y);
    }

    @Override
    public InputGradients backward(Scope scope, Tensor y, Tensor dy) {
      var p = y.toDoubles();
      var g = dy.toDoubles();
      var columns = y.shape().last();
      var dx = new double[p.length];
      for (var i = 0; i < p.length; i++) {
        var mean = 0.0;
        for (var j = i - i % columns; j < i - i % columns + columns; j++) {
          mean += p[j] * g[j];
        }
        dx[i] = factor * p[i] * (g[i] - mean);
      }
      return InputGradients.lazy(() -> scope.of(y.shape(), dx));
    }
  }
}

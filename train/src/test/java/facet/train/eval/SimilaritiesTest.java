package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SimilaritiesTest {
  private static final Similarities S =
      new Similarities(
          new float[] {0.9f, 0.2f, 0.5f, 0.8f},
          new float[] {0.1f, -0.2f, 0.6f, 0.3f, 0.0f, -0.5f, 0.4f, 0.05f, -0.1f, 0.15f});

  @Test
  void acceptsFromTheThresholdOfTheRateUpwards() {
    // 10 negatives at 1e-1: the highest, 0.6, is the threshold; 0.8 and 0.9 are accepted
    assertThat(S.thresholdAtFar(0.1)).isEqualTo(0.6f);
    assertThat(S.tarAtFar(0.1)).isEqualTo(0.5);
    assertThat(S.tarAtFar(0.3)).isEqualTo(0.75); // threshold 0.3
    assertThat(S.tarAtFar(1e-4)).isEqualTo(0.5); // fewer negatives than 1/far: the highest again
    assertThat(S.tarAtFar(1)).isEqualTo(1);
  }

  @Test
  void aPositiveAtTheThresholdIsAccepted() {
    var s = new Similarities(new float[] {0.5f}, new float[] {0.5f, 0.1f});
    assertThat(s.tarAtFar(0.5)).isEqualTo(1);
  }

  /// As a network that gives every face the same embedding has them.
  @Test
  void noMoreNegativesAreAcceptedThanTheRateAllowsWhereSomeAreEqual() {
    var same = new Similarities(new float[] {1, 1, 1}, new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
    assertThat(same.areEqual()).isTrue();
    assertThat(S.areEqual()).isFalse();
    assertThat(same.tarAtFar(0.1)).isZero();
    assertThat(same.tarAtFar(0.9)).isZero();
    assertThat(same.tarAtFar(1)).isEqualTo(1);
    var some = new Similarities(new float[] {0.5f, 0.6f}, new float[] {0.5f, 0.5f, 0.1f, 0});
    assertThat(some.tarAtFar(0.25)).isEqualTo(0.5);
    assertThat(some.tarAtFar(0.5)).isEqualTo(1);
  }

  @Test
  void balancesTheTwoErrors() {
    // threshold 0.2 accepts 4/4 and rejects 7/10; 0.5 only 3/4 and 9/10
    assertThat(S.balancedAccuracy()).isCloseTo((1 + 0.7) / 2, within(1e-12));
  }

  @Test
  void marginIsTheDifferenceOfTheMeans() {
    assertThat(S.margin()).isCloseTo(2.4 / 4 - 0.8 / 10, within(1e-7));
  }

  @Test
  void overlapIsOneForEqualAndZeroForSeparateDistributions() {
    var a = new float[] {0.1f, 0.2f, 0.3f};
    assertThat(new Similarities(a.clone(), a.clone()).overlap()).isCloseTo(1, within(1e-9));
    assertThat(new Similarities(a.clone(), new float[] {-0.5f, -0.4f}).overlap()).isZero();
    var half = new Similarities(new float[] {0.1f, 0.9f}, new float[] {0.1f, -0.9f});
    assertThat(half.overlap()).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void withoutOneKindOfPairsTheRatesAreUndefined() {
    var s = new Similarities(new float[] {0.3f}, new float[0]);
    assertThat(s.isComplete()).isFalse();
    assertThat(s.tarAtFar(0.1)).isNaN();
    assertThat(s.balancedAccuracy()).isNaN();
    assertThat(s.overlap()).isNaN();
  }
}

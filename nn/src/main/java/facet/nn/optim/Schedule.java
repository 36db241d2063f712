package facet.nn.optim;

import java.util.List;

/// The learning rate as a pure function of the step, for a run of `steps` steps.
///
/// The first `warmup` steps are multiplied by `(step + 1) / warmup`.
public record Schedule(Decay decay, double rate, long steps, long warmup) {
  /// How the rate falls, as a factor in `[0, 1]` of `progress`, the share of the steps that are
  /// done.
  public sealed interface Decay {
    double factor(double progress);

    /// Whether progress is counted from the end of the warm-up instead of from the beginning.
    default boolean afterWarmup() {
      return false;
    }
  }

  /// `(1 + cos(π progress)) / 2` (Loshchilov and Hutter 2017).
  public record Cosine() implements Decay {
    @Override
    public double factor(double progress) {
      return 0.5 * (1 + Math.cos(Math.PI * progress));
    }
  }

  /// `1 - progress` of the steps after the warm-up: insightface's `PolynomialLRWarmup` as
  /// arcface_torch uses it today, with power 1.
  public record Linear() implements Decay {
    @Override
    public double factor(double progress) {
      return 1 - progress;
    }

    @Override
    public boolean afterWarmup() {
      return true;
    }
  }

  /// `(1 - progress)^power`; insightface's polynomial schedule had power 2.
  public record Poly(double power) implements Decay {
    @Override
    public double factor(double progress) {
      return Math.pow(1 - progress, power);
    }
  }

  /// Divides by ten at each milestone, given as shares of the run.
  public record Step(List<Double> milestones) implements Decay {
    public Step {
      milestones = List.copyOf(milestones);
    }

    @Override
    public double factor(double progress) {
      return Math.pow(0.1, (double) milestones.stream().filter(m -> progress >= m).count());
    }
  }

  /// No decay.
  public record Constant() implements Decay {
    @Override
    public double factor(double progress) {
      return 1;
    }
  }

  /// The rate of step `step`, from 0.
  public double at(long step) {
    var warm = step < warmup ? (step + 1.0) / warmup : 1;
    var from = decay.afterWarmup() ? warmup : 0;
    var progress =
        steps <= from ? 0 : Math.clamp((double) (step - from) / (steps - from), 0.0, 1.0);
    return rate * warm * decay.factor(progress);
  }
}

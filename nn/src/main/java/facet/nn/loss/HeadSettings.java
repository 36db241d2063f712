package facet.nn.loss;

import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.Margin;

/// Which margin softmax a [MarginHead] computes. The constants of the second constructors are those
/// that its authors published, but for the scale, which depends on the number of people.
public sealed interface HeadSettings {
  /// The factor on all cosines.
  double scale();

  /// A margin that is a function of the target's cosine: ArcFace, CosFace and their relatives.
  record Fixed(Margin margin) implements HeadSettings {
    @Override
    public double scale() {
      return margin.scale();
    }
  }

  /// SphereFace (Liu et al. 2017): the target's angle is multiplied by `m`. The paper's `m = 4`
  /// does not train without annealing; 1.35 is insightface's.
  record SphereFace(double m, double scale) implements HeadSettings {}

  /// CurricularFace (Huang et al. 2020): ArcFace whose hard negatives count the more, the better
  /// the network has become.
  ///
  /// @param momentum how much of a batch's mean target cosine goes into the moving mean `t`
  record CurricularFace(double m, double momentum, double scale) implements HeadSettings {
    public CurricularFace(double scale) {
      this(0.5, 0.01, scale);
    }
  }

  /// AdaFace (Kim et al. 2022): a margin by image quality, which is the embedding's length compared
  /// with those before.
  ///
  /// @param h how many standard deviations of length make a quality of 1, as its reciprocal
  /// @param momentum of the moving mean and standard deviation of lengths
  record AdaFace(double m, double h, double momentum, double scale) implements HeadSettings {
    public AdaFace(double scale) {
      this(0.4, 0.333, 0.01, scale);
    }
  }

  /// MagFace (Meng et al. 2021): a margin that rises with the embedding's length, and a penalty
  /// ([MagnitudePenalty]) that makes embeddings as long as their margin allows.
  ///
  /// @param low the length from which the margin rises
  /// @param high the length up to which it does
  /// @param lowMargin the margin at `low` and below
  /// @param highMargin the margin at `high` and above
  /// @param penalty the weight of the penalty
  /// @param easy whether targets beyond 90 degrees have no margin, as its code is set
  record MagFace(
      double low,
      double high,
      double lowMargin,
      double highMargin,
      double penalty,
      double scale,
      boolean easy)
      implements HeadSettings {
    public MagFace(double scale) {
      this(scale, false);
    }

    public MagFace(double scale, boolean easy) {
      this(10, 110, 0.45, 0.8, 35, scale, easy);
    }

    AdaptiveMargin.Kind kind() {
      return easy ? AdaptiveMargin.Kind.MAGFACE_EASY : AdaptiveMargin.Kind.MAGFACE;
    }
  }
}

package facet.nn.loss;

import static facet.tensor.ShapeException.require;

import facet.tensor.InputGradients;
import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.HistogramKernels.Branches;
import facet.tensor.kernel.HistogramKernels.Comparison;
import facet.tensor.kernel.HistogramKernels.Density;
import java.util.ArrayList;
import java.util.List;

/// The Distribution Distillation Loss (Huang et al., ECCV 2020): the similarity distributions of
/// the hard branches (students `k = 1 .. K`) shall follow those of the easy one (teacher, branch
/// 0), and negatives shall lie below positives in all of them.
///
/// Inputs, `1 + K` branches: positive similarities `s⁺₀ .. s⁺_K`, then negative ones `s⁻₀ .. s⁻_K`,
/// each a vector. With the soft histograms `P⁺ₖ` (of the positives above 0), `P⁻ₖ` (see
/// [SoftHistogram]) and means `E`:
///
///     L = λ₁ Σₖ D(P⁺₀‖P⁺ₖ) + λ₂ Σₖ D(P⁻₀‖P⁻ₖ) + λ₃ Σᵢⱼ (E[s⁻ᵢ] − E[s⁺ⱼ])
///
/// Backward, with `g`, `Z`, `p` of [SoftHistogram] and `e` of [DdlSettings]:
///
///     G  = −λ (p₀ + e) / (pₖ + e)                of a student
///     G  = λ Σₖ log((p₀ + e) / (pₖ + e)) + λK    of the teacher
///     ds = 1/Z Σᵣ (Gᵣ − Ḡ) (−2γ (s − tᵣ)) gᵣ  −λ₃ n⁻ / |s⁺|  of a positive
///                                             +λ₃ n⁺ / |s⁻|  of a negative
///
/// where `n⁺`, `n⁻` count the branches that have positives and negatives. A branch without
/// similarities takes no part. Not smooth where a positive crosses 0.
public record DistributionDistillation(DdlSettings settings)
    implements Op<DistributionDistillation.Saved> {
  private static final Shape ONE = Shape.scalar();

  /// The histogram of one input.
  record Distribution(Selection selection, Tensor p, Tensor z) {
    Density density() {
      return new Density(p.storage(), z.storage());
    }
  }

  /// What backward remembers: the distributions in input order, and the derivative of the order
  /// loss for each mean.
  public record Saved(List<Distribution> distributions, Tensor dmeans) {}

  @Override
  public Forward<Saved> forward(Scope scope, Tensor... in) {
    require(
        in.length >= 4 && in.length % 2 == 0,
        this,
        "positives and negatives of a teacher and at least one student are needed, not %s inputs",
        in.length);
    for (var s : in) {
      require(s.shape().rank() == 1, this, "similarities must be [n], are %s", s.shape());
    }
    var branches = in.length / 2;
    var kernels = scope.kernels().histogram();
    var means = scope.allocate(in.length);
    var counts = scope.allocate(in.length);
    var distributions = new ArrayList<Distribution>(in.length);
    for (var i = 0; i < in.length; i++) {
      var mean = means.view(i, ONE);
      var count = counts.view(i, ONE);
      distributions.add(distribution(scope, in[i], i < branches, mean, count));
    }
    var loss = scope.allocate(ONE);
    var dmeans = scope.allocate(in.length);
    kernels.order(
        new Branches(branches, means.storage(), counts.storage()),
        settings.orderWeight(),
        loss.storage(),
        dmeans.storage());
    addDivergences(scope, distributions, loss);
    return new Forward<>(loss, new Saved(distributions, dmeans));
  }

  private Distribution distribution(
      Scope scope, Tensor s, boolean positive, Tensor mean, Tensor count) {
    var kernels = scope.kernels().histogram();
    var selection = Selection.of(scope, s, positive, count);
    kernels.mean(selection.samples(), mean.storage());
    var p = scope.allocate(settings.grid().nodes());
    var distribution = new Distribution(selection, p, scope.allocate(ONE));
    kernels.softHistogram(selection.samples(), settings.grid(), distribution.density());
    return distribution;
  }

  private void addDivergences(Scope scope, List<Distribution> all, Tensor loss) {
    var branches = all.size() / 2;
    var one = scope.allocate(ONE);
    for (var i = 0; i < all.size(); i++) {
      var teacher = teacherOf(i, branches);
      if (i != teacher) {
        scope.kernels().histogram().divergence(comparison(all, teacher, i), one.storage());
        scope.kernels().pointwise().axpy(1, 1, one.storage(), loss.storage());
      }
    }
  }

  @Override
  public InputGradients backward(Scope scope, Saved t, Tensor dy) {
    var all = t.distributions;
    var dp = divergenceGradients(scope, all, dy);
    var gradients = new Tensor[all.size()];
    for (var i = 0; i < all.size(); i++) {
      gradients[i] = similarityGradient(scope, t, i, dp.get(i), dy);
    }
    return InputGradients.of(gradients);
  }

  /// The gradient of every histogram: zero for a teacher that is detached.
  private List<Tensor> divergenceGradients(Scope scope, List<Distribution> all, Tensor dy) {
    var branches = all.size() / 2;
    var nodes = settings.grid().nodes();
    var gradients = new ArrayList<Tensor>(all.size());
    for (var i = 0; i < all.size(); i++) {
      gradients.add(
          i == teacherOf(i, branches) ? scope.zeros(Shape.of(nodes)) : scope.allocate(nodes));
    }
    var dteacher = scope.allocate(nodes);
    for (var i = 0; i < all.size(); i++) {
      var teacher = teacherOf(i, branches);
      if (i != teacher) {
        scope
            .kernels()
            .histogram()
            .divergenceBackward(
                comparison(all, teacher, i),
                dy.storage(),
                dteacher.storage(),
                gradients.get(i).storage());
        if (!settings.detachTeacher()) {
          scope
              .kernels()
              .pointwise()
              .axpy(nodes, 1, dteacher.storage(), gradients.get(teacher).storage());
        }
      }
    }
    return gradients;
  }

  /// Through the histogram and through the mean.
  private Tensor similarityGradient(Scope scope, Saved t, int i, Tensor dp, Tensor dy) {
    var d = t.distributions.get(i);
    var kernels = scope.kernels().histogram();
    var samples = d.selection.samples();
    var ds = scope.allocate(samples.n());
    kernels.softHistogramBackward(
        samples, settings.grid(), d.density(), dp.storage(), ds.storage());
    var dmean = scope.allocate(ONE);
    scope
        .kernels()
        .pointwise()
        .scaleBy(1, 1, dy.storage(), t.dmeans.view(i, ONE).storage(), dmean.storage());
    var order = scope.allocate(samples.n());
    kernels.meanBackward(samples, 1, dmean.storage(), order.storage());
    scope.kernels().pointwise().axpy(samples.n(), 1, order.storage(), ds.storage());
    return ds;
  }

  /// The index of the teacher's distribution of the same kind.
  private static int teacherOf(int input, int branches) {
    return input < branches ? 0 : branches;
  }

  /// The divergence of input `i` from its teacher, with its weight.
  private Comparison comparison(List<Distribution> all, int teacher, int i) {
    var p = all.get(teacher).p;
    var weight = weight(i, all.size() / 2);
    return new Comparison(p.size(), p.storage(), all.get(i).p.storage(), settings.e(), weight);
  }

  private double weight(int input, int branches) {
    return input < branches ? settings.positiveWeight() : settings.negativeWeight();
  }
}

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
import java.util.function.Consumer;

/// The Distribution Distillation Loss (Huang et al., ECCV 2020): the similarity distributions of
/// the hard branches (students `k = 1 .. K`) are pulled towards those of the easy one (teacher,
/// branch 0), and negatives are pushed below positives in all of them.
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
///
/// **Past similarities.** The histograms of `n` similarities are noisy, and so is the gradient `G`
/// of their divergence. With [Past] the `m` similarities of earlier steps are counted, too:
/// constants, so `G` is that of `n + m` similarities, but only `n` of them have a gradient. What is
/// estimated is the gradient over all faces, with the histogram `p(θ) = E[g(s)] / E[Σᵣ gᵣ(s)]`:
///
///     dL/dθ = Σᵣ (Gᵣ − Ḡ) E[dgᵣ/ds · ds/dθ] / E[Σᵣ gᵣ]
///
/// The expectation on top is a mean over the batch, `1/n Σₖ`, that below one over all,
/// `Z / (n + m)`. A similarity's gradient through the divergence is therefore that of above, with
/// the `Z` of all, times the gain
///
///     (n + m) / n
///
/// Without it the past would divide the divergences' weights by that. The order loss is linear in
/// the similarities: the past would not change its gradient, so it is taken over the batch alone.
///
/// @param past of every input, in their order; none at all without
/// @param terms is handed the terms of the sum, each with its `λ`: `K` of the positives, `K` of the
///     negatives, and the order loss
public record DistributionDistillation(
    DdlSettings settings, List<Past> past, Consumer<Tensor> terms)
    implements Op<DistributionDistillation.Saved> {
  private static final Shape ONE = Shape.scalar();

  /// Similarities that an input's histogram counts beside it.
  ///
  /// @param similarities `[m]`; what does not exist is marked as elsewhere
  /// @param gain of the input's gradient through the divergence; 0 if `similarities` stand for the
  ///     input, which is then not counted
  public record Past(Tensor similarities, double gain) {
    /// In place of an input: a frozen teacher's.
    public static Past instead(Tensor similarities) {
      return new Past(similarities, 0);
    }
  }

  /// The histogram of one input.
  ///
  /// @param batch the input, what is selected of it for the mean
  /// @param counted the input, what is selected of it for the histogram
  record Distribution(Selection batch, Selection counted, Tensor p, Tensor z) {
    Density density() {
      return new Density(p.storage(), z.storage());
    }
  }

  /// What backward remembers: the distributions in input order, and the derivative of the order
  /// loss for each mean.
  public record Saved(List<Distribution> distributions, Tensor dmeans) {}

  public DistributionDistillation(DdlSettings settings) {
    this(settings, List.of());
  }

  /// The loss, for those who ask for the sum only.
  public DistributionDistillation(DdlSettings settings, List<Past> past) {
    this(settings, past, values -> {});
  }

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
    require(
        past.isEmpty() || past.size() == in.length,
        this,
        "there are past similarities for %s of %s inputs",
        past.size(),
        in.length);
    var branches = in.length / 2;
    var kernels = scope.kernels().histogram();
    var means = scope.allocate(in.length);
    var counts = scope.allocate(in.length);
    var distributions = new ArrayList<Distribution>(in.length);
    for (var i = 0; i < in.length; i++) {
      var batch = Selection.of(scope, in[i], i < branches, counts.view(i, ONE));
      kernels.mean(batch.samples(), means.view(i, ONE).storage());
      distributions.add(distribution(scope, batch, i, i < branches));
    }
    var loss = scope.allocate(ONE);
    var dmeans = scope.allocate(in.length);
    kernels.order(
        new Branches(branches, means.storage(), counts.storage()),
        settings.orderWeight(),
        loss.storage(),
        dmeans.storage());
    addTerms(scope, distributions, loss);
    return new Forward<>(loss, new Saved(distributions, dmeans));
  }

  private Distribution distribution(Scope scope, Selection batch, int i, boolean positive) {
    var p = scope.allocate(settings.grid().nodes());
    var z = scope.allocate(ONE);
    var all = past.isEmpty() ? batch : Selection.of(scope, joined(scope, batch.s(), i), positive);
    var counted = past.isEmpty() || gain(i) == 0 ? batch : all.first(batch.s().size());
    var distribution = new Distribution(batch, counted, p, z);
    scope
        .kernels()
        .histogram()
        .softHistogram(all.samples(), settings.grid(), distribution.density());
    return distribution;
  }

  /// What the histogram of input `i` counts: the batch's similarities and the past ones.
  private Tensor joined(Scope scope, Tensor s, int i) {
    var more = past.get(i).similarities();
    if (gain(i) == 0) {
      return more;
    }
    var all = scope.allocate(s.size() + more.size());
    var pointwise = scope.kernels().pointwise();
    pointwise.copy(s.size(), s.storage(), all.view(0, s.shape()).storage());
    pointwise.copy(more.size(), more.storage(), all.view(s.size(), more.shape()).storage());
    return all;
  }

  private double gain(int i) {
    return past.isEmpty() ? 1 : past.get(i).gain();
  }

  /// Adds the divergences to `loss`, which is the order loss until then.
  private void addTerms(Scope scope, List<Distribution> all, Tensor loss) {
    var branches = all.size() / 2;
    var values = scope.allocate(all.size() - 1);
    var order = values.view(all.size() - 2, ONE);
    scope.kernels().pointwise().copy(1, loss.storage(), order.storage());
    var next = 0;
    for (var i = 0; i < all.size(); i++) {
      var teacher = teacherOf(i, branches);
      if (i != teacher) {
        var one = values.view(next++, ONE);
        scope.kernels().histogram().divergence(comparison(all, teacher, i), one.storage());
        scope.kernels().pointwise().axpy(1, 1, one.storage(), loss.storage());
      }
    }
    terms.accept(values);
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
    var pointwise = scope.kernels().pointwise();
    var batch = d.batch.samples();
    var dmean = scope.allocate(ONE);
    pointwise.scaleBy(1, 1, dy.storage(), t.dmeans.view(i, ONE).storage(), dmean.storage());
    var ds = scope.allocate(batch.n());
    kernels.meanBackward(batch, 1, dmean.storage(), ds.storage());
    if (gain(i) != 0) {
      var histogram = scope.allocate(batch.n());
      kernels.softHistogramBackward(
          d.counted.samples(), settings.grid(), d.density(), dp.storage(), histogram.storage());
      pointwise.axpy(batch.n(), gain(i), histogram.storage(), ds.storage());
    }
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

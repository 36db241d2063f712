package facet.nn.loss;

import static facet.tensor.ShapeException.require;
import static java.util.Objects.requireNonNull;

import facet.nn.loss.DistributionDistillation.Past;
import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.HardestNegative;
import facet.tensor.op.RowDot;
import facet.tensor.op.SliceRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The Distribution Distillation Loss of a batch of embeddings. The batch holds, for `branches`
/// branches (the teacher first) and `n` samples a part:
///
///     [singles of branch 0 | singles of branch 1 | ...
///      | firsts 0 | seconds 0 | firsts 1 | seconds 1 | ...]
///
/// The cosines of a branch's pairs (first and second are one person) are its positives; for each of
/// its singles the highest cosine with a single of another person is a negative. The larger the
/// branch, the more extreme its hardest negatives; `group` keeps them as those of so many singles,
/// whatever the branch.
///
/// @param n samples a part
/// @param branches the teacher and its students
/// @param group of how many singles a negative is the hardest; `n` is a multiple of it
/// @param memory of earlier steps, null for none
public record DdlLoss(
    DdlSettings settings, int n, int branches, int group, @Nullable DdlMemory memory)
    implements BatchLoss {
  /// Negatives are the hardest of the branch, nothing is remembered.
  public DdlLoss(DdlSettings settings, int n, int branches) {
    this(settings, n, branches, n, null);
  }

  /// @param embeddings `[3 n branches, d]`, not normalised
  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
    var similarities = checkedSimilarities(tape, embeddings, labels);
    var loss =
        tape.apply(
            new DistributionDistillation(settings, past(), values -> terms.add(names(), 1, values)),
            similarities);
    if (memory != null && tape.training()) {
      memory.push(similarities);
    }
    return loss;
  }

  private List<Past> past() {
    return memory == null ? List.of() : memory.past();
  }

  private Tensor[] checkedSimilarities(Tape tape, Tensor embeddings, Ints labels) {
    var images = 3 * n * branches;
    require(
        embeddings.shape().rank() == 2 && embeddings.shape().dim(0) == images,
        "ddlLoss",
        "embeddings must be [%s, d] for %s branches of %s, are %s",
        images,
        branches,
        n,
        embeddings.shape());
    require(
        labels.length() == images,
        "ddlLoss",
        "there are %s labels for %s embeddings",
        labels.length(),
        images);
    return similarities(tape, embeddings, labels);
  }

  /// Each divergence is that of the teacher and one student, without the others.
  @Override
  public Map<String, Tensor> terms(Tape tape, Tensor embeddings, Ints labels) {
    var similarities = checkedSimilarities(tape, embeddings, labels);
    var past = past();
    var names = names().iterator();
    var terms = new LinkedHashMap<String, Tensor>();
    for (var kind : List.of(settings.positives(), settings.negatives())) {
      for (var student = 1; student < branches; student++) {
        var inputs = new int[] {0, student, branches, branches + student};
        terms.put(names.next(), term(tape, kind, inputs, past, similarities));
      }
    }
    var all = IntStream.range(0, 2 * branches).toArray();
    terms.put(names.next(), term(tape, settings.order(), all, past, similarities));
    return terms;
  }

  private static Tensor term(
      Tape tape, DdlSettings settings, int[] inputs, List<Past> past, Tensor... similarities) {
    var counted = past.isEmpty() ? past : Arrays.stream(inputs).mapToObj(past::get).toList();
    return tape.apply(
        new DistributionDistillation(settings, counted),
        Arrays.stream(inputs).mapToObj(i -> similarities[i]).toArray(Tensor[]::new));
  }

  /// How many batches a frozen teacher is yet to be shown, 0 if there is none or it has seen them.
  public int lessons() {
    return memory == null ? 0 : memory.lessons();
  }

  /// Shows a frozen teacher a batch, one of its [#lessons], counted from 0.
  public void teach(Tape tape, Tensor embeddings, Ints labels, int lesson) {
    requireNonNull(memory).teach(lesson, similarities(tape, embeddings, labels));
  }

  /// The positives of every branch, then the negatives of every branch, `[n]` each.
  private Tensor[] similarities(Tape tape, Tensor embeddings, Ints labels) {
    var f = Cosines.normalize(tape, embeddings);
    var similarities = new Tensor[2 * branches];
    for (var b = 0; b < branches; b++) {
      var singles = rows(tape, f, b);
      var firsts = rows(tape, f, branches + 2 * b);
      var seconds = rows(tape, f, branches + 2 * b + 1);
      var people = labels.slice(b * n, n);
      similarities[b] = tape.apply(new RowDot(), firsts, seconds);
      similarities[branches + b] = tape.apply(new HardestNegative(people, group), singles);
    }
    return similarities;
  }

  /// `kl_positive`, `kl_negative` and `order`; with more than one student the first two by student.
  private List<String> names() {
    var names = new ArrayList<String>();
    for (var kind : List.of("kl_positive", "kl_negative")) {
      for (var student = 1; student < branches; student++) {
        names.add(branches == 2 ? kind : kind + "_" + student);
      }
    }
    names.add("order");
    return names;
  }

  private Tensor rows(Tape tape, Tensor f, int part) {
    return tape.apply(new SliceRows(part * n, (part + 1) * n), f);
  }
}

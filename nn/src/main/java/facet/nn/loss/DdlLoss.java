package facet.nn.loss;

import static facet.tensor.ShapeException.require;
import static java.util.Objects.requireNonNull;

import facet.nn.loss.DistributionDistillation.Past;
import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.HardestNegative;
import facet.tensor.op.RowDot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The Distribution Distillation Loss of a batch of embeddings, laid out as [DdlBatch] says. The
/// cosines of a branch's pairs (first and second are one person) are its positives; for each of
/// its singles the highest cosine with a single of another person is a negative. The larger the
/// branch, the more extreme its hardest negatives; `group` keeps them as those of so many singles,
/// whatever the branch.
///
/// @param group of how many singles a negative is the hardest; `layout.n()` is a multiple of it
/// @param memory of earlier steps, null for none
public record DdlLoss(DdlSettings settings, DdlBatch layout, int group, @Nullable DdlMemory memory)
    implements BatchLoss {
  /// Negatives are the hardest of the branch, nothing is remembered.
  public DdlLoss(DdlSettings settings, DdlBatch layout) {
    this(settings, layout, layout.n(), null);
  }

  @Override
  public Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
    var similarities = similarities(tape, embeddings, labels);
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

  /// Each divergence is that of the teacher and one student, without the others.
  @Override
  public Map<String, Tensor> terms(Tape tape, Tensor embeddings, Ints labels) {
    var similarities = similarities(tape, embeddings, labels);
    var past = past();
    var branches = layout.branches();
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
    layout.require("ddlLoss", embeddings);
    require(
        labels.length() == layout.size(),
        "ddlLoss",
        "there are %s labels for %s embeddings",
        labels.length(),
        layout.size());
    var f = Cosines.normalize(tape, embeddings);
    var branches = layout.branches();
    var similarities = new Tensor[2 * branches];
    for (var b = 0; b < branches; b++) {
      var singles = layout.singles(b);
      var firsts = layout.firsts(b).of(f);
      similarities[b] = tape.apply(new RowDot(), firsts, layout.seconds(b).of(f));
      similarities[branches + b] =
          tape.apply(new HardestNegative(singles.of(labels), group), singles.of(f));
    }
    return similarities;
  }

  /// `kl_positive`, `kl_negative` and `order`; with more than one student the first two by student.
  private List<String> names() {
    var names = new ArrayList<String>();
    var branches = layout.branches();
    for (var kind : List.of("kl_positive", "kl_negative")) {
      for (var student = 1; student < branches; student++) {
        names.add(branches == 2 ? kind : kind + "_" + student);
      }
    }
    names.add("order");
    return names;
  }
}

package facet.train.training;

import static facet.train.error.Printable.format;

import facet.nn.Layer;
import facet.nn.NonFiniteException;
import facet.nn.loss.LossTerms;
import facet.nn.optim.Optimizer;
import facet.tensor.Backend;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Scale;
import facet.train.data.batch.Batch;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One training step: forward, backward, update.
///
/// @param size side of the input images in pixels
/// @param seed of the run; with the step's number it decides the dropout masks
/// @param parts the batch goes through the network in so many, one after the other, and the
///     gradients are summed: the memory is that of a part, the update that of the batch, except
///     that batch norm (and what else looks at all images of a pass) sees a part
public record TrainStep(
    Backend backend,
    Layer network,
    Objective objective,
    Optimizer optimizer,
    int size,
    long seed,
    int parts)
    implements Step {

  /// @param loss of the batch before the update
  /// @param terms what the loss is the sum of, by name; none if it is one term
  /// @param gradients the norm of each term's gradient with respect to the embeddings of the batch,
  ///     by name; none unless they are measured
  /// @param gradientNorm of the network before clipping
  public record Result(
      double loss, Map<String, Double> terms, Map<String, Double> gradients, double gradientNorm) {
    /// What moves nothing in this step, a sentence each.
    List<String> idle() {
      var idle = new ArrayList<String>();
      if (gradientNorm == 0) {
        idle.add("the gradient is 0: this step teaches the network nothing; look at the loss.");
      }
      var compared =
          terms.keySet().stream().filter(name -> !name.equals(Objective.SOFTMAX)).toList();
      if (!compared.isEmpty() && compared.stream().allMatch(name -> terms.get(name) == 0)) {
        idle.add("beside the margin softmax the loss is 0: " + String.join(", ", compared) + ".");
      }
      return idle;
    }
  }

  @Override
  public Result run(Batch batch, long step, double rate) {
    try {
      var loss = 0.0;
      var squares = new LinkedHashMap<String, Double>(); // of the parts' gradients
      for (var part = 0; part < parts; part++) {
        try (var tape = Tape.training(backend, seed + step * parts + part)) {
          var terms = new LossTerms();
          var partLoss = loss(tape, batch, part, terms);
          loss += finite(tape, partLoss, step, rate);
          var values = terms.values(); // backward gives their memory back
          var gradients = tape.lastBackward(partLoss);
          if (parts == 1) {
            return new Result(loss, values, terms.gradients(), optimizer.step(gradients, rate));
          }
          optimizer.accumulate(gradients);
          var share = (double) partLength(part, batch) / batch.labels().length;
          terms
              .gradients()
              .forEach(
                  (name, norm) -> squares.merge(name, share * norm * share * norm, Double::sum));
        }
      }
      squares.replaceAll((name, square) -> Math.sqrt(square));
      // what is taken in parts is one term
      return new Result(loss, Map.of(), squares, optimizer.step(rate));
    } catch (NonFiniteException e) {
      throw diverged(e, step, rate);
    }
  }

  /// The share of a part's images in the loss of the batch.
  private Tensor loss(Tape tape, Batch batch, int part, LossTerms terms) {
    var all = batch.labels().length;
    var from = from(part, all);
    var count = partLength(part, batch);
    var x = tape.allocate(count, size, size, 3);
    backend.write(batch.images(), from * size * size * 3, x.storage(), x.size());
    var labels = tape.ints(Arrays.copyOfRange(batch.labels(), from, from + count));
    var loss = objective.loss(tape, network.forward(tape, x), labels, terms);
    return parts == 1 ? loss : tape.apply(new Scale((double) count / all), loss);
  }

  private int partLength(int part, Batch batch) {
    var all = batch.labels().length;
    return from(part + 1, all) - from(part, all);
  }

  private int from(int part, int all) {
    return (int) ((long) part * all / parts);
  }

  private static double finite(Tape tape, Tensor loss, long step, double rate) {
    var value = loss.item();
    if (!Double.isFinite(value)) {
      throw diverged(value, tape.firstNonFinite(), step, rate);
    }
    return value;
  }

  static FacetException diverged(NonFiniteException e, long step, double rate) {
    return diverged(format("The training diverges at step %d (%s)", step, e.getMessage()), rate);
  }

  /// @param culprit the first op with a result that is not finite, null if all are
  static FacetException diverged(double loss, @Nullable String culprit, long step, double rate) {
    return diverged(
        format(
            "The loss is %s at step %d (%s)",
            loss, step, culprit == null ? "every op before it is finite" : "first in " + culprit),
        rate);
  }

  private static FacetException diverged(String what, double rate) {
    return new FacetException(
        ExitCode.DIVERGED,
        format(
            "%s; lower --lr (it is %.4g here), lengthen --warmup or lower --clip. The checkpoints"
                + " hold finite weights.",
            what, rate));
  }
}

package facet.train.training;

import facet.nn.Parameter;
import facet.nn.loss.BatchLoss;
import facet.nn.loss.DdlBatch;
import facet.nn.loss.Head;
import facet.nn.loss.LossTerms;
import facet.tensor.Ints;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.op.Add;
import facet.tensor.op.Scale;
import facet.tensor.op.SliceRows;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a training step minimises, given the embeddings of its batch.
public sealed interface Objective {
  /// The name of the margin softmax among the terms of a loss.
  String SOFTMAX = "softmax";

  /// The scalar loss of `embeddings [batch, d]` of images with these `labels [batch]`.
  ///
  /// @param terms where it puts down what it is the sum of
  Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms);

  /// The terms alone, each as a scalar with a gradient. A head remembers what it saw.
  Map<String, Tensor> terms(Tape tape, Tensor embeddings, Ints labels);

  /// The loss beside the margin softmax, null if there is none.
  default @Nullable BatchLoss comparison() {
    return null;
  }

  /// Margin softmax over all images of the batch.
  record Classify(Head head) implements Objective {
    @Override
    public Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
      return head.loss(tape, embeddings, labels); // one term: the sum says it
    }

    @Override
    public Map<String, Tensor> terms(Tape tape, Tensor embeddings, Ints labels) {
      return Map.of(SOFTMAX, head.loss(tape, embeddings, labels));
    }
  }

  /// Margin softmax over a [DdlBatch], each branch's mean counted once as in the paper, and a loss
  /// that compares the batch's images:
  ///
  ///     L = sum over branches of margin softmax(images of the branch) + weight * comparison
  ///
  /// @param comparison of all images, null for the margin softmax alone
  /// @param classified which of the images the margin softmax sees: the singles or all
  record Branches(
      Head head,
      @Nullable BatchLoss comparison,
      double weight,
      DdlBatch.Range classified,
      int branches)
      implements Objective {
    @Override
    public Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
      var sum = softmax(tape, embeddings, labels);
      terms.add(SOFTMAX, 1, sum);
      if (comparison == null) {
        return sum;
      }
      var parts = new LossTerms();
      var compared = comparison.loss(tape, embeddings, labels, parts);
      terms.add(parts, weight);
      return tape.apply(new Add(), sum, tape.apply(new Scale(weight), compared));
    }

    @Override
    public Map<String, Tensor> terms(Tape tape, Tensor embeddings, Ints labels) {
      var terms = new LinkedHashMap<String, Tensor>();
      terms.put(SOFTMAX, softmax(tape, embeddings, labels));
      if (comparison != null) {
        comparison
            .terms(tape, embeddings, labels)
            .forEach((name, term) -> terms.put(name, tape.apply(new Scale(weight), term)));
      }
      return terms;
    }

    private Tensor softmax(Tape tape, Tensor embeddings, Ints labels) {
      var seen = tape.apply(new SliceRows(classified.start(), classified.end()), embeddings);
      var mean = head.loss(tape, seen, classified.of(labels));
      return tape.apply(new Scale(branches), mean);
    }
  }

  /// `--log-gradients`: another objective, whose terms' gradients with respect to the embeddings
  /// are measured before each step, from a copy of the embeddings, so that the step itself is the
  /// same to the bit.
  ///
  /// @param remembered what the head remembers, which is afterwards as before
  record Measured(Objective inner, List<Parameter> remembered) implements Objective {
    @Override
    public Tensor loss(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
      if (tape.training()) {
        measure(tape, embeddings, labels, terms);
      }
      return inner.loss(tape, embeddings, labels, terms);
    }

    private void measure(Tape tape, Tensor embeddings, Ints labels, LossTerms terms) {
      var before = remembered.stream().map(p -> p.value().toDoubles()).toList();
      try (var own = tape.beside()) {
        var leaf = own.variable(embeddings.shape());
        own.kernels().pointwise().copy(leaf.size(), embeddings.storage(), leaf.storage());
        inner
            .terms(own, leaf, labels)
            .forEach((name, term) -> terms.addGradient(name, norm(own.backward(term).of(leaf))));
      }
      for (var i = 0; i < before.size(); i++) {
        remembered.get(i).value().set(before.get(i));
      }
    }

    private static double norm(@Nullable Tensor gradient) {
      return gradient == null
          ? 0
          : Math.sqrt(Arrays.stream(gradient.toDoubles()).map(x -> x * x).sum());
    }

    @Override
    public Map<String, Tensor> terms(Tape tape, Tensor embeddings, Ints labels) {
      return inner.terms(tape, embeddings, labels);
    }

    @Override
    public @Nullable BatchLoss comparison() {
      return inner.comparison();
    }
  }
}

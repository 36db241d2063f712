package facet.nn.loss;

import facet.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The terms that the loss of a step is the sum of, each with its weight: for logs and charts, not
/// for the gradient. They are put down in the forward pass and have to be read before memory is
/// given back. Beside them, if somebody measures them, the norms of their gradients with respect to
/// the embeddings.
public final class LossTerms {
  private record Term(List<String> names, Tensor values, double weight) {}

  private final List<Term> terms = new ArrayList<>();
  private final Map<String, Double> gradients = new LinkedHashMap<>();

  /// Puts one term down, `weight` times the scalar `value`.
  public void add(String name, double weight, Tensor value) {
    add(List.of(name), weight, value);
  }

  /// Puts several terms down, `weight` times the elements of `values`, one a name.
  public void add(List<String> names, double weight, Tensor values) {
    if (names.size() != values.size()) {
      throw new IllegalArgumentException(names + " are not names of " + values.shape());
    }
    terms.add(new Term(names, values, weight));
  }

  /// Puts all terms of `others` down, which together have the factor `weight`.
  public void add(LossTerms others, double weight) {
    for (var term : others.terms) {
      terms.add(new Term(term.names, term.values, weight * term.weight));
    }
  }

  /// The value of every term by its name, in the order in which they were put down.
  public Map<String, Double> values() {
    var values = new LinkedHashMap<String, Double>();
    for (var term : terms) {
      var numbers = term.values.toDoubles();
      for (var i = 0; i < numbers.length; i++) {
        values.put(term.names.get(i), term.weight * numbers[i]);
      }
    }
    return values;
  }

  String onlyName() {
    if (terms.size() != 1 || terms.getFirst().names.size() != 1) {
      throw new IllegalStateException("there are several terms, or none");
    }
    return terms.getFirst().names.getFirst();
  }

  /// Puts the norm of a term's gradient down.
  public void addGradient(String name, double norm) {
    gradients.put(name, norm);
  }

  /// The norm of every gradient that was put down by its term's name, in that order.
  public Map<String, Double> gradients() {
    return gradients;
  }
}

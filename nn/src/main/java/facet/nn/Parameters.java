package facet.nn;

import facet.nn.Parameter.Layout;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.kernel.CounterRandom;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes a model's parameters in a long-lived scope and keeps them in the order of PyTorch's
/// `state_dict`. Each is initialised from the seed and its own position.
public final class Parameters {
  private final Scope scope;
  private final @Nullable Long seed;
  private final List<Parameter> all = new ArrayList<>();

  public Parameters(Scope scope, long seed) {
    this.scope = scope;
    this.seed = seed;
  }

  private Parameters(Scope scope) {
    this.scope = scope;
    this.seed = null;
  }

  /// Parameters that are not initialised: to find out what a model needs, or to be filled from a
  /// file.
  public static Parameters unfilled(Scope scope) {
    return new Parameters(scope);
  }

  /// A trained parameter with weight decay.
  public Tensor weight(String name, Shape shape, Layout layout, Initializer initializer) {
    return add(name, scope.variable(shape), true, layout, initializer);
  }

  /// A trained parameter with weight decay that is stored in a file as in memory.
  public Tensor weight(String name, Shape shape, Initializer initializer) {
    return weight(name, shape, new Layout.Plain(), initializer);
  }

  /// A trained vector without weight decay: of a norm, a PReLU, a bias.
  public Tensor vector(String name, int length, Initializer initializer) {
    return add(name, scope.variable(Shape.of(length)), false, new Layout.Plain(), initializer);
  }

  /// A tensor that is saved but not trained: running statistics, a frozen weight.
  public Tensor constant(String name, int length, double value) {
    return add(
        name,
        scope.allocate(Shape.of(length)),
        false,
        new Layout.Plain(),
        Initializer.constant(value));
  }

  /// A tensor that is neither trained nor saved.
  Tensor unnamed(int length, double value) {
    return scope.full(Shape.of(length), value);
  }

  /// What the next parameter is initialised from, for one that is kept elsewhere; null if none is.
  public @Nullable Long nextSeed() {
    if (seed == null) {
      return null;
    }
    // Mixed twice: seeds that follow each other would share the numbers of parameters that do.
    return CounterRandom.mix(CounterRandom.mix(seed) + all.size());
  }

  private Tensor add(
      String name, Tensor value, boolean decay, Layout layout, Initializer initializer) {
    var start = nextSeed();
    if (start != null) {
      value.set(initializer.values(value.shape(), start));
    }
    all.add(new Parameter(name, value, decay, layout));
    return value;
  }

  /// All so far, in the order in which they were made.
  public List<Parameter> all() {
    return List.copyOf(all);
  }
}

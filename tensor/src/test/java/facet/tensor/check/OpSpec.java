package facet.tensor.check;

import facet.tensor.Op;
import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tensor;
import facet.tensor.op.Conv2d;
import facet.tensor.op.GroupedConv2d;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// One case of an op: its inputs and how to make it. The gradient check and the backend contract
/// run it.
///
/// @param op the op's class
/// @param label what is special about the case, in a few words
/// @param factory makes the op; what it needs besides inputs (labels, running statistics) it
///     allocates in the scope
/// @param inputs kept away from points where the op is not smooth, unless `smooth` is false
/// @param smooth whether the gradient can be checked by finite differences
/// @param tolerance by how much the backend contract's tolerance is multiplied
/// @param magnitude the size of the terms where results cancel to nearly nothing: the contract
///     measures errors by it if it is above the largest element
public record OpSpec(
    Class<? extends Op<?>> op,
    String label,
    Function<Scope, Op<?>> factory,
    List<Input> inputs,
    boolean smooth,
    double tolerance,
    double magnitude) {

  public static OpSpec of(
      Class<? extends Op<?>> op, String label, Function<Scope, Op<?>> factory, Input... inputs) {
    return new OpSpec(op, label, factory, List.of(inputs), true, 1, 0);
  }

  /// The case with inputs at kinks or extremes, where finite differences say nothing.
  public OpSpec notSmooth() {
    return new OpSpec(op, label, factory, inputs, false, tolerance, magnitude);
  }

  public OpSpec tolerance(double times) {
    return new OpSpec(op, label, factory, inputs, smooth, times, magnitude);
  }

  public OpSpec magnitude(double terms) {
    return new OpSpec(op, label, factory, inputs, smooth, tolerance, terms);
  }

  public String name() {
    return op.getSimpleName() + "/" + label;
  }

  /// The op itself.
  public Op<?> make(Scope scope) {
    var made = factory.apply(scope);
    if (made.getClass() != op) {
      throw new AssertionError(name() + ": the factory makes a " + made.getClass().getSimpleName());
    }
    return made;
  }

  /// The inputs as leaves in `scope`.
  public Tensor[] leaves(Scope scope) {
    var leaves = new ArrayList<Tensor>();
    for (var input : inputs) {
      var leaf =
          input.differentiable() ? scope.variable(input.shape()) : scope.allocate(input.shape());
      leaf.set(values(leaves.size()));
      leaves.add(leaf);
    }
    return leaves.toArray(Tensor[]::new);
  }

  /// The elements of input `i`.
  public double[] values(int i) {
    return inputs.get(i).values().generate(inputs.get(i).shape().size(), name().hashCode() + i);
  }

  /// Whether input `i` is an image that an op before has made, an activation; weights of a
  /// convolution are none.
  boolean isActivation(int i) {
    return inputs.get(i).shape().rank() == 4
        && !(i == 1 && (op == Conv2d.class || op == GroupedConv2d.class));
  }

  /// Makes the `n` elements of an input.
  public interface Values {
    double[] generate(int n, long seed);
  }

  /// An input of an op.
  ///
  /// @param differentiable false if the op has no gradient for it
  public record Input(Shape shape, Values values, boolean differentiable) {
    public static Input of(Values values, int... dims) {
      return new Input(Shape.of(dims), values, true);
    }

    /// Standard normal.
    public static Input normal(int... dims) {
      return scaled(1, dims);
    }

    /// Standard normal times `scale`.
    public static Input scaled(double scale, int... dims) {
      return of((n, seed) -> Data.normal(n, scale, seed), dims);
    }

    public static Input uniform(double low, double high, int... dims) {
      return of((n, seed) -> Data.uniform(n, low, high, seed), dims);
    }

    /// See [Data#awayFromZero].
    public static Input awayFromZero(int... dims) {
      return of(Data::awayFromZero, dims);
    }

    /// See [Data#distinct].
    public static Input distinct(int... dims) {
      return of(Data::distinct, dims);
    }

    /// Rows of length 1.
    public static Input unitRows(int rows, int columns) {
      return of((n, seed) -> Data.unitRows(rows, columns, seed), rows, columns);
    }

    /// The given elements.
    public static Input values(Shape shape, double... elements) {
      return new Input(shape, (n, seed) -> Data.fill(n, i -> elements[i]), true);
    }

    /// The same input, without a gradient.
    public Input constant() {
      return new Input(shape, values, false);
    }
  }
}

package facet.nn;

import facet.tensor.Tape;
import facet.tensor.Tensor;
import java.util.List;

/// Layers one after the other. A function of a tensor is a layer, too:
///
///     new Sequential(first, (tape, x) -> x.relu(), second)
public final class Sequential implements Layer {
  private final List<Layer> layers;

  public Sequential(Layer... layers) {
    this.layers = List.of(layers);
  }

  @Override
  public Tensor forward(Tape tape, Tensor x) {
    var y = x;
    for (var layer : layers) {
      y = layer.forward(tape, y);
    }
    return y;
  }
}

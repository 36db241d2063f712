package facet.nn;

import facet.tensor.Tensor;

/// A named tensor of a model that a checkpoint keeps: trained, or kept up to date by forward
/// (running statistics).
///
/// @param name as in PyTorch's `state_dict`, such as `layer1.0.bn1.weight`
/// @param decay whether weight decay applies (not to norms, biases and PReLU)
/// @param layout how the tensor is stored in a file
public record Parameter(String name, Tensor value, boolean decay, Layout layout) {

  /// How a tensor in memory differs from the same tensor in a file, where PyTorch's layouts are
  /// used.
  public sealed interface Layout {
    /// As it is.
    record Plain() implements Layout {}

    /// A convolution weight: OHWI in memory, OIHW in a file.
    record Convolution() implements Layout {}

    /// The weight of a convolution in groups: `[kh, kw, c, per]` in memory, `[c, per, kh, kw]` in a
    /// file.
    record Grouped() implements Layout {}

    /// A linear weight `[out, h * w * c]` over a flattened NHWC image; a file has `[out, c * h *
    /// w]`.
    record Flattened(int h, int w, int c) implements Layout {}
  }

  /// The same with weight decay.
  public Parameter decayed() {
    return new Parameter(name, value, true, layout);
  }

  /// Whether the optimiser updates it.
  public boolean trained() {
    return value.requiresGrad();
  }
}

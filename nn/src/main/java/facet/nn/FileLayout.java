package facet.nn;

import facet.tensor.Shape;

/// Converts between a parameter's layout in memory and PyTorch's in a file. Both directions are one
/// transposition `[a, b, c] -> [a, c, b]` of the tensor seen with three axes.
record FileLayout(Shape fileShape, int a, int b, int c) {
  /// For a parameter of shape `memory`.
  static FileLayout of(Parameter.Layout layout, Shape memory) {
    return switch (layout) {
      case Parameter.Layout.Plain() -> new FileLayout(memory, 1, 1, memory.size());
      case Parameter.Layout.Convolution() -> {
        int o = memory.dim(0);
        int kh = memory.dim(1);
        int kw = memory.dim(2);
        int i = memory.dim(3);
        yield new FileLayout(Shape.of(o, i, kh, kw), o, kh * kw, i);
      }
      case Parameter.Layout.Grouped() -> {
        int kh = memory.dim(0);
        int kw = memory.dim(1);
        int c = memory.dim(2);
        int per = memory.dim(3);
        yield new FileLayout(Shape.of(c, per, kh, kw), 1, kh * kw, c * per);
      }
      case Parameter.Layout.Flattened(int h, int w, int channels) ->
          new FileLayout(memory, memory.dim(0), h * w, channels);
    };
  }

  float[] toFile(float[] memory) {
    return swapLastTwo(memory, b, c);
  }

  float[] toMemory(float[] file) {
    return swapLastTwo(file, c, b);
  }

  private float[] swapLastTwo(float[] values, int rows, int columns) {
    if (rows == 1 || columns == 1) {
      return values;
    }
    var result = new float[values.length];
    for (var i = 0; i < a; i++) {
      var base = i * rows * columns;
      for (var r = 0; r < rows; r++) {
        for (var k = 0; k < columns; k++) {
          result[base + k * rows + r] = values[base + r * columns + k];
        }
      }
    }
    return result;
  }
}

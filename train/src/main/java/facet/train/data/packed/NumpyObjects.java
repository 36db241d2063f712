package facet.train.data.packed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The functions that a pickled NumPy array calls, and what they make.
final class NumpyObjects {
  private NumpyObjects() {}

  /// A function known by its name in Python.
  @FunctionalInterface
  interface Function {
    Object call(List<Object> arguments);
  }

  /// An element type: `u1` for bytes, `b1` for truth values.
  record Type(String name) {}

  /// An array, flat.
  static final class Array {
    private Type type = new Type("u1");
    private byte[] data = new byte[0];

    byte[] data() {
      return data;
    }

    boolean isBoolean() {
      return type.name.equals("b1");
    }

    /// NumPy's `(version, shape, type, is Fortran's order, data)`.
    void setState(List<Object> state) {
      type = (Type) state.get(2);
      data = bytes(state.get(4));
    }
  }

  /// Null if `module.name` is not one of them.
  static @Nullable Function function(String module, String name) {
    return switch (module.replace("numpy._core.", "numpy.core.") + "." + name) {
      case "numpy.ndarray" -> arguments -> refuse("numpy.ndarray");
      case "numpy.dtype" -> NumpyObjects::type;
      case "numpy.core.multiarray._reconstruct" -> arguments -> new Array();
      case "numpy.core.multiarray.scalar" -> NumpyObjects::scalar;
      case "numpy.core.numeric._frombuffer" -> NumpyObjects::fromBuffer;
      case "_codecs.encode" -> arguments -> Unpickler.latin1((String) arguments.getFirst());
      default -> null;
    };
  }

  private static Object refuse(String what) {
    throw new ClassCastException(what + " is not called by a verification set");
  }

  private static Type type(List<Object> arguments) {
    var name = new String(bytes(arguments.getFirst()), ISO_8859_1);
    return name.equals("u1") || name.equals("b1") ? new Type(name) : (Type) refuse("dtype " + name);
  }

  private static Object scalar(List<Object> arguments) {
    var value = bytes(arguments.get(1))[0];
    return ((Type) arguments.getFirst()).name.equals("b1")
        ? (Object) (value != 0)
        : (Object) (long) (value & 0xff);
  }

  private static Array fromBuffer(List<Object> arguments) {
    var array = new Array();
    array.type = (Type) arguments.get(1);
    array.data = bytes(arguments.getFirst());
    return array;
  }

  /// Bytes, whichever of Python's strings they were.
  static byte[] bytes(Object value) {
    return value instanceof String text ? Unpickler.latin1(text) : (byte[]) value;
  }
}

package facet.train.data.packed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import facet.nn.io.PickleException;
import facet.nn.io.Unpickler;
import java.util.List;

/// What the pickle of a verification set may ask for: NumPy's arrays of bytes and truth values,
/// which its own pickles make by the seven functions here.
final class NumpyObjects implements Unpickler.World {
  private final int limit;
  private long made; // bytes by calls

  /// @param limit how many bytes calls may make: those of the pickle
  NumpyObjects(int limit) {
    this.limit = limit;
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
  }

  @Override
  public Object call(Unpickler.Name function, List<Object> arguments) throws PickleException {
    return switch (function.toString().replace("numpy._core.", "numpy.core.")) {
      case "numpy.dtype" -> type(arguments);
      case "numpy.core.multiarray._reconstruct" -> new Array();
      case "numpy.core.multiarray.scalar" -> scalar(arguments);
      case "numpy.core.numeric._frombuffer" -> fromBuffer(arguments);
      case "_codecs.encode" -> encoded((String) arguments.getFirst());
      default ->
          throw new PickleException(
              "it calls Python's " + function + ", which a verification set never needs");
    };
  }

  /// Of an array NumPy's `(version, shape, type, is Fortran's order, data)`; a type's says nothing
  /// that matters here.
  @Override
  public void setState(Object target, Object state) throws PickleException {
    if (target instanceof Array array) {
      var fields = (List<?>) state;
      array.type = (Type) fields.get(2);
      array.data = bytes(fields.get(4));
    } else if (!(target instanceof Type)) {
      throw new PickleException("a state for a value that has none");
    }
  }

  @Override
  public Object outside(Object id) throws PickleException {
    throw new PickleException("a value that lies outside the file");
  }

  private static Type type(List<Object> arguments) throws PickleException {
    var name = new String(bytes(arguments.getFirst()), ISO_8859_1);
    if (!name.equals("u1") && !name.equals("b1")) {
      throw new PickleException("an array of " + name + ", not of bytes or truth values");
    }
    return new Type(name);
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

  private byte[] encoded(String text) throws PickleException {
    made += text.length();
    if (made > limit) { // one text encoded again and again
      throw new PickleException("it makes more bytes than the file has");
    }
    return latin1(text);
  }

  /// Bytes, whichever of Python's strings they were.
  static byte[] bytes(Object value) {
    return value instanceof String text ? latin1(text) : (byte[]) value;
  }

  /// A string of Python 2 or 3 as bytes.
  static byte[] latin1(String text) {
    return text.getBytes(ISO_8859_1);
  }
}

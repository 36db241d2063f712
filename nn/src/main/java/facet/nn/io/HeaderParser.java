package facet.nn.io;

import facet.tensor.Shape;
import facet.tensor.ShapeException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Parses the JSON of a safetensors header, and no other JSON: the nesting is fixed, so there is no
/// recursion, and the limits keep a hostile header of 100 MB from filling the heap.
final class HeaderParser {
  private static final int MAX_ENTRIES = 1 << 16;
  private static final int MAX_RANK = 16;
  private static final int MAX_TEXT = 8 << 20; // bytes of all names and metadata together

  private final Path file;
  private final ByteBuffer in;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<TensorInfo> tensors = new ArrayList<>();
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();
  private int textBytes;

  private HeaderParser(Path file, ByteBuffer in) {
    this.file = file;
    this.in = in;
  }

  /// Parses the remaining bytes of `json`; `file` is for the messages.
  static SafetensorsHeader parse(Path file, ByteBuffer json) throws SafetensorsException {
    return new HeaderParser(file, json).header();
  }

  private SafetensorsHeader header() throws SafetensorsException {
    Set<String> names = new HashSet<>();
    expect('{');
    if (!accept('}')) {
      do {
        var name = string();
        if (!names.add(name)) {
          throw fail("the key '" + name + "' occurs twice");
        }
        expect(':');
        if (name.equals("__metadata__")) {
          readMetadata();
        } else {
          tensors.add(tensor(name));
        }
        if (tensors.size() > MAX_ENTRIES) {
          throw fail("more than " + MAX_ENTRIES + " tensors");
        }
      } while (accept(','));
      expect('}');
    }
    skipSpace();
    if (in.hasRemaining()) {
      throw fail("text after the closing brace");
    }
    return new SafetensorsHeader(metadata, tensors);
  }

  private void readMetadata() throws SafetensorsException {
    expect('{');
    if (accept('}')) {
      return;
    }
    do {
      var key = string();
      expect(':');
      if (metadata.put(key, string()) != null) {
        throw fail("the key '" + key + "' of __metadata__ occurs twice");
      }
      if (metadata.size() > MAX_ENTRIES) {
        throw fail("more than " + MAX_ENTRIES + " lines of metadata");
      }
    } while (accept(','));
    expect('}');
  }

  private TensorInfo tensor(String name) throws SafetensorsException {
    Map<String, Object> fields = new LinkedHashMap<>();
    expect('{');
    do {
      var field = string();
      expect(':');
      Object value =
          switch (field) {
            case "dtype" -> string();
            case "shape", "data_offsets" -> integers();
            default -> throw fail("tensor '" + name + "' has an unknown field '" + field + "'");
          };
      if (fields.put(field, value) != null) {
        throw fail("the field '" + field + "' of tensor '" + name + "' occurs twice");
      }
    } while (accept(','));
    expect('}');
    if (fields.get("dtype") instanceof String dtype
        && fields.get("shape") instanceof long[] shape
        && fields.get("data_offsets") instanceof long[] offsets) {
      return tensor(name, dtype, shape, offsets);
    }
    throw fail("tensor '" + name + "' lacks one of dtype, shape, data_offsets: " + fields.keySet());
  }

  private TensorInfo tensor(String name, String dtypeName, long[] dims, long[] offsets)
      throws SafetensorsException {
    var where = "tensor '" + name + "': ";
    DType dtype;
    try {
      dtype = DType.valueOf(dtypeName);
    } catch (IllegalArgumentException e) {
      throw fail(
          where + "dtype " + dtypeName + " is not one of " + Arrays.toString(DType.values()), e);
    }
    Shape shape;
    try {
      shape = Shape.inFile(Arrays.stream(dims).mapToInt(Math::toIntExact).toArray());
    } catch (ArithmeticException | ShapeException e) {
      throw fail(
          where + "shape " + Arrays.toString(dims) + " has extents or elements beyond any tensor's",
          e);
    }
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw fail(
          where
              + "data_offsets are not [begin, end] in ascending order: "
              + Arrays.toString(offsets));
    }
    var info = new TensorInfo(name, dtype, shape, offsets[0], offsets[1]);
    if (info.byteSize() != offsets[1] - offsets[0]) {
      throw fail(
          where
              + String.format(
                  Locale.ROOT,
                  "data_offsets %s span %d bytes, but dtype %s and shape %s need %d",
                  Arrays.toString(offsets),
                  offsets[1] - offsets[0],
                  dtype,
                  shape,
                  info.byteSize()));
    }
    return info;
  }

  /// An array of non-negative integers.
  private long[] integers() throws SafetensorsException {
    var values = new long[MAX_RANK];
    var count = 0;
    expect('[');
    if (accept(']')) {
      return new long[0];
    }
    do {
      if (count == MAX_RANK) {
        throw fail("an array of more than " + MAX_RANK + " numbers");
      }
      values[count++] = integer();
    } while (accept(','));
    expect(']');
    return Arrays.copyOf(values, count);
  }

  private long integer() throws SafetensorsException {
    skipSpace();
    var start = in.position();
    var value = 0L;
    while (in.hasRemaining() && in.get(in.position()) >= '0' && in.get(in.position()) <= '9') {
      var digit = in.get() - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        throw fail("a number that does not fit 64 bits");
      }
      value = 10 * value + digit;
    }
    var digits = in.position() - start;
    if (digits == 0) {
      throw fail("expected a non-negative integer");
    }
    if (digits > 1 && in.get(start) == '0') {
      throw fail("a number with a leading zero");
    }
    return value;
  }

  private String string() throws SafetensorsException {
    expect('"');
    text.reset();
    for (var b = next(); b != '"'; b = next()) {
      if (b >= 0 && b < ' ') {
        throw fail("a control character in a string");
      }
      if (b == '\\') {
        text.writeBytes(Character.toString(escape()).getBytes(StandardCharsets.UTF_8));
      } else {
        text.write(b);
      }
      if (++textBytes > MAX_TEXT) {
        throw fail("names and metadata of more than " + MAX_TEXT + " bytes");
      }
    }
    try {
      var bytes = ByteBuffer.wrap(text.toByteArray());
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw fail("a string that is not UTF-8", e);
    }
  }

  private int escape() throws SafetensorsException {
    return switch (next()) {
      case '"' -> '"';
      case '\\' -> '\\';
      case '/' -> '/';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> codePoint();
      default -> throw fail("an unknown escape in a string");
    };
  }

  /// The code point of `\\uXXXX`, or of a surrogate pair `\\uXXXX\\uXXXX`.
  private int codePoint() throws SafetensorsException {
    var first = (char) hex4();
    if (!Character.isSurrogate(first)) {
      return first;
    }
    if (Character.isHighSurrogate(first) && next() == '\\' && next() == 'u') {
      var second = (char) hex4();
      if (Character.isLowSurrogate(second)) {
        return Character.toCodePoint(first, second);
      }
    }
    throw fail("half of a surrogate pair in a string");
  }

  private int hex4() throws SafetensorsException {
    var value = 0;
    for (var i = 0; i < 4; i++) {
      var digit = Character.digit(next(), 16);
      if (digit < 0) {
        throw fail("a bad \\u escape in a string");
      }
      value = 16 * value + digit;
    }
    return value;
  }

  private byte next() throws SafetensorsException {
    if (!in.hasRemaining()) {
      throw fail("the JSON ends early");
    }
    return in.get();
  }

  private void expect(char c) throws SafetensorsException {
    if (!accept(c)) {
      throw fail("expected '" + c + "'");
    }
  }

  private boolean accept(char c) {
    skipSpace();
    if (in.hasRemaining() && in.get(in.position()) == c) {
      in.get();
      return true;
    }
    return false;
  }

  private void skipSpace() {
    while (in.hasRemaining() && " \t\r\n".indexOf(in.get(in.position())) >= 0) {
      in.get();
    }
  }

  private SafetensorsException fail(String problem) {
    return new SafetensorsException(file, "header, byte " + in.position() + ": " + problem);
  }

  private SafetensorsException fail(String problem, Exception cause) {
    return new SafetensorsException(file, "header, byte " + in.position() + ": " + problem, cause);
  }
}

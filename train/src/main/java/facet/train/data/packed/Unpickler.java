package facet.train.data.packed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import facet.train.error.FacetException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads the part of Python's pickle format (protocols 2 to 5) that verification sets are made of:
/// numbers, truth values, strings, bytes, lists, tuples and NumPy arrays of bytes and truth values.
/// Everything else, above all what could run code, is refused: no class is looked up, the seven
/// functions that NumPy's own pickles call are known by name in [NumpyObjects].
///
/// Python's values become `byte[]` (bytes, and the strings of Python 2), `String`, `Long`,
/// `Boolean`, `List` (lists and tuples) and [NumpyObjects.Array].
final class Unpickler {
  /// Python's None.
  static final Object NONE = "None";

  private static final Object MARK = "(";

  private final String source;
  private final ByteBuffer in;
  private final Deque<Object> stack = new ArrayDeque<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private int start;
  private long made; // bytes by calls

  private Unpickler(byte[] pickle, String source) {
    this.source = source;
    this.in = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// The value that `pickle` describes.
  ///
  /// @param source names the file in messages
  static Object read(byte[] pickle, String source) {
    var unpickler = new Unpickler(pickle, source);
    try {
      return unpickler.run();
    } catch (BufferUnderflowException e) {
      throw unpickler.broken("the file ends in the middle of a value", e);
    } catch (ClassCastException | IndexOutOfBoundsException | java.util.NoSuchElementException e) {
      throw unpickler.broken("its values do not fit together", e);
    }
  }

  private Object run() {
    while (true) {
      start = in.position();
      var opcode = in.get() & 0xff;
      if (opcode == '.') {
        return stack.pop();
      }
      if (!scalar(opcode) && !container(opcode) && !memory(opcode) && !call(opcode)) {
        throw broken(
            String.format(
                Locale.ROOT, "the instruction 0x%02x does not occur in a verification set", opcode),
            null);
      }
    }
  }

  private boolean scalar(int opcode) {
    switch (opcode) {
      case 'N' -> stack.push(NONE);
      case 0x88 -> stack.push(true);
      case 0x89 -> stack.push(false);
      case 'J' -> stack.push((long) in.getInt());
      case 'K' -> stack.push((long) (in.get() & 0xff));
      case 'M' -> stack.push((long) (in.getShort() & 0xffff));
      case 'U', 'C' -> stack.push(bytes(in.get() & 0xff));
      case 'T', 'B' -> stack.push(bytes(in.getInt()));
      case 0x8e, 0x96 -> stack.push(bytes(in.getLong()));
      case 0x8c -> stack.push(new String(bytes(in.get() & 0xff), UTF_8));
      case 'X' -> stack.push(new String(bytes(in.getInt()), UTF_8));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean container(int opcode) {
    switch (opcode) {
      case '(' -> stack.push(MARK);
      case ']', ')' -> stack.push(new ArrayList<>());
      case 'l', 't' -> stack.push(aboveMark());
      case 'a' -> {
        var value = stack.pop();
        list(stack.peek()).add(value);
      }
      case 'e' -> {
        var values = aboveMark();
        list(stack.peek()).addAll(values);
      }
      case 0x85, 0x86, 0x87 -> {
        var values = new ArrayList<Object>();
        for (var i = 0x85; i <= opcode; i++) {
          values.addFirst(stack.pop());
        }
        stack.push(values);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean memory(int opcode) {
    switch (opcode) {
      case 0x80 -> {
        var protocol = in.get() & 0xff;
        if (protocol < 2 || protocol > 5) {
          throw broken(
              String.format(Locale.ROOT, "pickle protocol %d, 2 to 5 are read", protocol), null);
        }
      }
      case 0x95 -> in.getLong(); // the length of a frame: only a hint for buffering
      case 'q' -> memo.put(in.get() & 0xff, stack.element());
      case 'r' -> memo.put(in.getInt(), stack.element());
      case 0x94 -> memo.put(memo.size(), stack.element());
      case 'h' -> stack.push(remembered(in.get() & 0xff));
      case 'j' -> stack.push(remembered(in.getInt()));
      default -> {
        return false;
      }
    }
    return true;
  }

  /// The instructions with which a pickle may call functions: only those of [NumpyObjects] are.
  private boolean call(int opcode) {
    switch (opcode) {
      case 'c' -> stack.push(function(line(), line()));
      case 0x93 -> {
        var name = (String) stack.pop();
        stack.push(function((String) stack.pop(), name));
      }
      case 'R' -> {
        var arguments = list(stack.pop());
        var result = ((NumpyObjects.Function) stack.pop()).call(arguments);
        made += result instanceof byte[] bytes ? bytes.length : 0;
        if (made > in.limit()) { // one text encoded again and again
          throw broken("it makes more bytes than the file has", null);
        }
        stack.push(result);
      }
      case 'b' -> {
        var state = list(stack.pop());
        if (stack.peek() instanceof NumpyObjects.Array array) {
          array.setState(state);
        } else if (!(stack.peek() instanceof NumpyObjects.Type)) {
          throw broken("a state for a value that has none", null);
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private NumpyObjects.Function function(String module, String name) {
    var function = NumpyObjects.function(module, name);
    if (function == null) {
      throw broken(
          String.format(
              Locale.ROOT,
              "it calls Python's %s.%s, which a verification set never needs",
              module,
              name),
          null);
    }
    return function;
  }

  private byte[] bytes(long length) {
    if (length < 0 || length > in.remaining()) {
      throw broken(
          String.format(
              Locale.ROOT,
              "a value of %s bytes, but %,d are left",
              Long.toUnsignedString(length),
              in.remaining()),
          null);
    }
    var bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  private String line() {
    var from = in.position();
    while (in.get() != '\n') {
      // up to the line's end
    }
    return new String(in.array(), from, in.position() - from - 1, US_ASCII);
  }

  private List<Object> aboveMark() {
    var values = new ArrayList<Object>();
    for (var value = stack.pop(); value != MARK; value = stack.pop()) {
      values.add(value);
    }
    return values.reversed().stream()
        .collect(java.util.stream.Collectors.toCollection(ArrayList::new));
  }

  @SuppressWarnings("unchecked") // only this class makes lists, all of Object
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  private Object remembered(int key) {
    var value = memo.get(key);
    if (value == null) {
      throw broken(
          String.format(Locale.ROOT, "it refers to value %d, which is not there", key), null);
    }
    return value;
  }

  private FacetException broken(
      String problem, @org.jspecify.annotations.Nullable Throwable cause) {
    return FacetException.data(
        String.format(Locale.ROOT, "%s, byte %d", source, start),
        problem,
        "download the verification set again from a source you trust, or make one with 'facet"
            + " pack'",
        cause);
  }

  /// A string of Python 2 or 3 as bytes.
  static byte[] latin1(String text) {
    return text.getBytes(ISO_8859_1);
  }
}

package facet.nn.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// Reads Python's pickle format, protocols 2 to 5, as far as it describes data. A pickle is a
/// program for a machine with a stack; it may ask for any function of Python's to be called. Here
/// nothing is looked up or called but what the [World] answers for, and every other instruction is
/// refused.
///
/// Python's values become `Long`, `BigInteger`, `Double`, `Boolean`, `String`, `byte[]` (bytes, and
/// the strings of Python 2), `List` (lists, tuples, sets), `Map` (dictionaries), [#NONE], and
/// whatever the world makes. Time and memory grow with the pickle's length only.
public final class Unpickler {
  /// Python's None.
  public static final Object NONE = "None";

  /// More than a checkpoint with its optimiser has; each leaves at most a few dozen bytes.
  private static final int MAX_INSTRUCTIONS = 1 << 21;

  private static final Object MARK = new Object();

  /// A function or class of Python's that the pickle mentions. As such it is only a name.
  public record Name(String module, String name) {
    @Override
    public String toString() {
      return module + "." + name;
    }
  }

  /// Answers what a pickle asks of the program that reads it.
  public interface World {
    /// The result of calling `function`.
    ///
    /// @throws PickleException if it is not one that data needs
    Object call(Name function, List<Object> arguments) throws PickleException;

    /// Gives `target`, a result of [#call], its state.
    void setState(Object target, Object state) throws PickleException;

    /// The value that lies outside the pickle under `id`.
    Object outside(Object id) throws PickleException;
  }

  private final World world;
  private final ByteBuffer in;
  private final Deque<Object> stack = new ArrayDeque<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private int start;

  private Unpickler(ByteBuffer in, World world) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    this.world = world;
  }

  /// Reads one pickle from `in`, whose position is behind it then.
  public static Object read(ByteBuffer in, World world) throws PickleException {
    var unpickler = new Unpickler(in, world);
    try {
      return unpickler.run();
    } catch (PickleException e) {
      throw unpickler.broken(e.problem(), e);
    } catch (BufferUnderflowException e) {
      throw unpickler.broken("it ends in the middle of a value", e);
    } catch (ClassCastException | IndexOutOfBoundsException | NoSuchElementException e) {
      throw unpickler.broken("its values do not fit together", e);
    }
  }

  private Object run() throws PickleException {
    for (var i = 0; i < MAX_INSTRUCTIONS; i++) {
      start = in.position();
      var opcode = in.get() & 0xff;
      if (opcode == '.') {
        return stack.pop();
      }
      if (!scalar(opcode) && !container(opcode) && !memory(opcode) && !world(opcode)) {
        throw new PickleException(
            String.format(Locale.ROOT, "the instruction 0x%02x is none that data needs", opcode));
      }
    }
    throw new PickleException(
        String.format(Locale.ROOT, "more than %,d instructions", MAX_INSTRUCTIONS));
  }

  private boolean scalar(int opcode) throws PickleException {
    switch (opcode) {
      case 'N' -> stack.push(NONE);
      case 0x88 -> stack.push(true);
      case 0x89 -> stack.push(false);
      case 'J' -> stack.push((long) in.getInt());
      case 'K' -> stack.push((long) (in.get() & 0xff));
      case 'M' -> stack.push((long) (in.getShort() & 0xffff));
      case 'G' -> stack.push(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
      case 0x8a -> stack.push(integer(bytes(in.get() & 0xff)));
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

  private boolean container(int opcode) throws PickleException {
    switch (opcode) {
      case '(' -> stack.push(MARK);
      case ']', ')', 0x8f -> stack.push(new ArrayList<>());
      case '}' -> stack.push(new LinkedHashMap<>());
      case 'l', 't' -> stack.push(aboveMark());
      case 'a' -> {
        var value = stack.pop();
        list(stack.element()).add(value);
      }
      case 'e', 0x90 -> {
        var values = aboveMark();
        list(stack.element()).addAll(values);
      }
      case 's' -> {
        var value = stack.pop();
        put(map(stack, 1), stack.pop(), value);
      }
      case 'u' -> {
        var values = aboveMark();
        for (var i = 0; i < values.size(); i += 2) {
          put(map(stack, 0), values.get(i), values.get(i + 1));
        }
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

  /// The dictionary `below` values from the top.
  @SuppressWarnings("unchecked") // only this class and worlds make maps, all from Object to Object
  private static Map<Object, Object> map(Deque<Object> stack, int below) {
    var at = stack.iterator();
    for (var i = 0; i < below; i++) {
      at.next();
    }
    return (Map<Object, Object>) at.next();
  }

  /// Keys are values without parts, so that comparing them ends.
  private static void put(Map<Object, Object> map, Object key, Object value)
      throws PickleException {
    var simple = key instanceof byte[] bytes ? new String(bytes, ISO_8859_1) : key;
    if (simple instanceof String
        || simple instanceof Number
        || simple instanceof Boolean
        || simple instanceof Name) {
      map.put(simple, value);
    } else {
      throw new PickleException("a dictionary's key that is neither text nor number");
    }
  }

  private boolean memory(int opcode) throws PickleException {
    switch (opcode) {
      case 0x80 -> {
        var protocol = in.get() & 0xff;
        if (protocol < 2 || protocol > 5) {
          throw new PickleException(
              String.format(Locale.ROOT, "pickle protocol %d, 2 to 5 are read", protocol));
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

  /// The instructions by which a pickle reaches beyond itself.
  private boolean world(int opcode) throws PickleException {
    switch (opcode) {
      case 'c' -> stack.push(new Name(line(), line()));
      case 0x93 -> {
        var name = (String) stack.pop();
        stack.push(new Name((String) stack.pop(), name));
      }
      case 'R', 0x81 -> {
        var arguments = list(stack.pop());
        stack.push(world.call((Name) stack.pop(), Collections.unmodifiableList(arguments)));
      }
      case 'b' -> {
        var state = stack.pop();
        world.setState(stack.element(), state);
      }
      case 'Q' -> stack.push(world.outside(stack.pop()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Object integer(byte[] littleEndian) {
    var bigEndian = new byte[littleEndian.length];
    for (var i = 0; i < bigEndian.length; i++) {
      bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
    }
    var value = bigEndian.length == 0 ? BigInteger.ZERO : new BigInteger(bigEndian);
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  private byte[] bytes(long length) throws PickleException {
    if (length < 0 || length > in.remaining()) {
      throw new PickleException(
          String.format(
              Locale.ROOT,
              "a value of %s bytes, but %,d are left",
              Long.toUnsignedString(length),
              in.remaining()));
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
    var line = new byte[in.position() - from - 1];
    in.get(from, line);
    return new String(line, UTF_8);
  }

  private List<Object> aboveMark() {
    var values = new ArrayList<Object>();
    for (var value = stack.pop(); value != MARK; value = stack.pop()) {
      values.add(value);
    }
    Collections.reverse(values);
    return values;
  }

  @SuppressWarnings("unchecked") // only this class and worlds make lists, all of Object
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  private Object remembered(int key) throws PickleException {
    var value = memo.get(key);
    if (value == null) {
      throw new PickleException(
          String.format(Locale.ROOT, "it refers to value %d, which is not there", key));
    }
    return value;
  }

  private PickleException broken(String problem, @Nullable Throwable cause) {
    return new PickleException(problem, start, cause);
  }
}

package facet.nn.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import facet.nn.io.TorchTensor.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What a pickle of PyTorch's may ask for: tensors, and what trainers put beside them. Values that
/// weights do not need (settings, devices, counters) become empty dictionaries.
final class TorchWorld implements Unpickler.World {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_NAME = 200;

  private static final Map<String, DType> STORAGES =
      Map.of(
          "DoubleStorage", DType.F64,
          "FloatStorage", DType.F32,
          "HalfStorage", DType.F16,
          "BFloat16Storage", DType.BF16,
          "LongStorage", DType.I64,
          "IntStorage", DType.I32,
          "ShortStorage", DType.I16,
          "CharStorage", DType.I8,
          "ByteStorage", DType.U8,
          "BoolStorage", DType.BOOL);

  /// Classes of values beside the weights that hold nothing but data.
  private static final Set<String> IGNORED =
      Set.of(
          "_codecs.encode",
          "argparse.Namespace",
          "builtins.set",
          "__builtin__.set",
          "collections.Counter",
          "collections.defaultdict",
          "lightning_fabric.utilities.data.AttributeDict",
          "lightning.fabric.utilities.data.AttributeDict",
          "pytorch_lightning.utilities.parsing.AttributeDict",
          "numpy.core.multiarray.scalar",
          "numpy._core.multiarray.scalar",
          "numpy.dtype",
          "pathlib.PosixPath",
          "torch.device",
          "torch.Size");

  private final Map<String, Storage> storages = new LinkedHashMap<>();

  @Override
  public Object call(Unpickler.Name function, List<Object> arguments) throws PickleException {
    var name = function.toString();
    return switch (name) {
      case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor" -> tensor(arguments);
      case "torch._utils._rebuild_parameter" -> arguments.getFirst();
      case "collections.OrderedDict" -> dictionary(arguments);
      default -> {
        if (IGNORED.contains(name)) {
          yield new LinkedHashMap<>();
        }
        throw new PickleException(
            ("it calls Python's %s, which weights never need; if it is a file that you trust, save"
                    + " its weights alone: torch.save(model.state_dict(), ...)")
                .formatted(name.substring(0, Math.min(name.length(), MAX_NAME))));
      }
    };
  }

  private static TorchTensor tensor(List<Object> arguments) throws PickleException {
    if (arguments.getFirst() instanceof Storage storage) {
      return TorchTensor.of(
          storage,
          (Long) arguments.get(1),
          TorchTensor.numbers(arguments.get(2)),
          TorchTensor.numbers(arguments.get(3)));
    }
    throw new PickleException("a tensor without a storage");
  }

  /// Python 2 gives the entries as a list of pairs.
  private static Map<Object, Object> dictionary(List<Object> arguments) throws PickleException {
    var result = new LinkedHashMap<Object, Object>();
    if (!arguments.isEmpty()) {
      for (var pair : (List<?>) arguments.getFirst()) {
        if (!(pair instanceof List<?> two && two.getFirst() instanceof String key)) {
          throw new PickleException("an OrderedDict of other things than names and values");
        }
        result.put(key, two.get(1));
      }
    }
    return result;
  }

  @Override
  public void setState(Object target, Object state) throws PickleException {
    if (!(target instanceof Map)) { // of those the state says nothing about weights
      throw new PickleException("a state for a value that has none");
    }
  }

  /// A storage: `('storage', type, key, location, count)`, older ones with a view at the end.
  @Override
  public Object outside(Object id) throws PickleException {
    var fields = (List<?>) id;
    if (!"storage".equals(text(fields.getFirst()))
        || !(fields.get(1) instanceof Unpickler.Name type)
        || !(fields.get(4) instanceof Long count)) {
      throw new PickleException("a value outside the pickle that is no storage");
    }
    var dtype = STORAGES.get(type.name());
    if (dtype == null || !type.module().equals("torch")) {
      throw new PickleException(
          "a storage of %s, expected one of %s".formatted(type, STORAGES.keySet()));
    }
    if (fields.size() > 5 && fields.get(5) != Unpickler.NONE) {
      throw new PickleException("a view of a storage, as PyTorch saved them before version 0.4");
    }
    if (count < 0 || count > Long.MAX_VALUE / dtype.bytes()) {
      throw new PickleException(String.format(Locale.ROOT, "a storage of %d elements", count));
    }
    var storage = new Storage(text(fields.get(2)), dtype, count);
    var before = storages.putIfAbsent(storage.key(), storage);
    if (before != null && !before.equals(storage)) {
      throw new PickleException("two storages have the key " + storage.key());
    }
    return storage;
  }

  /// All storages that occurred, by key.
  Map<String, Storage> storages() {
    return storages;
  }

  /// A string of Python 2 or 3.
  static String text(Object value) throws PickleException {
    return switch (value) {
      case String text -> text;
      case byte[] text -> new String(text, ISO_8859_1);
      default -> throw new PickleException("a key that is no text");
    };
  }

  /// The tensors in `root`, a dictionary that may hold others; their names are joined by dots.
  static Map<String, TorchTensor> tensors(Object root) throws PickleException {
    if (!(root instanceof Map<?, ?> top)) {
      throw new PickleException("it holds no dictionary of tensors");
    }
    var tensors = new LinkedHashMap<String, TorchTensor>();
    collect(top, "", MAX_DEPTH, Collections.newSetFromMap(new IdentityHashMap<>()), tensors);
    return tensors;
  }

  private static void collect(
      Map<?, ?> from, String prefix, int depth, Set<Object> seen, Map<String, TorchTensor> tensors)
      throws PickleException {
    if (depth == 0 || !seen.add(from)) {
      return;
    }
    for (var entry : new ArrayList<>(from.entrySet())) {
      if (!(entry.getKey() instanceof String key)) {
        continue; // an optimiser's state has numbers for keys
      }
      if (entry.getValue() instanceof TorchTensor tensor) {
        if (tensors.put(prefix + key, tensor) != null) {
          throw new PickleException("there are two tensors '%s'".formatted(prefix + key));
        }
      } else if (entry.getValue() instanceof Map<?, ?> inner) {
        collect(inner, prefix + key + ".", depth - 1, seen, tensors);
      }
    }
  }
}

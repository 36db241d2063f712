package facet.kernels.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Changes the name of a library that another needs, in the bytes of that other one: in the table
/// of strings, and in the hash by which symbols of a version are sought (System V ABI; Drepper,
/// "How to write shared libraries").
final class ElfPatch {
  private static final int MAGIC = 0x464c457f;
  private static final int DYNAMIC = 6;
  private static final int NEEDED_VERSIONS = 0x6ffffffe;

  private final ByteBuffer elf;
  private final byte[] from;
  private final byte[] to;

  private ElfPatch(byte[] elf, String from, String to) {
    this.elf = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
    this.from = (from + "\0").getBytes(StandardCharsets.ISO_8859_1);
    this.to = (to + "\0").getBytes(StandardCharsets.ISO_8859_1);
  }

  /// Lets the 64-bit library `elf` need `to` instead of `from`, a name of the same length.
  ///
  /// @throws IllegalArgumentException if it does not need `from`
  static void renameDependency(byte[] elf, String from, String to) {
    var patch = new ElfPatch(elf, from, to);
    if (from.length() != to.length() || patch.elf.getInt(0) != MAGIC || patch.apply() == 0) {
      throw new IllegalArgumentException("this is no library that needs " + from);
    }
  }

  /// Returns the number of changes.
  private int apply() {
    var sections = elf.getShort(0x3c);
    var changes = 0;
    for (var i = 0; i < sections; i++) {
      var section = section(i);
      changes +=
          switch (elf.getInt(section + 4)) {
            case DYNAMIC -> renameString(section(elf.getInt(section + 40)));
            case NEEDED_VERSIONS -> renameVersions(offset(section));
            default -> 0;
          };
    }
    return changes;
  }

  private int section(int index) {
    return (int) elf.getLong(0x28) + index * elf.getShort(0x3a);
  }

  private int offset(int section) {
    return (int) elf.getLong(section + 24);
  }

  private int renameString(int strings) {
    var start = offset(strings);
    var end = start + (int) elf.getLong(strings + 32);
    for (var at = start; at + from.length <= end; at++) {
      if (matches(at)) {
        elf.put(at, to);
        return 1;
      }
    }
    return 0;
  }

  private boolean matches(int at) {
    for (var i = 0; i < from.length; i++) {
      if (elf.get(at + i) != from[i]) {
        return false;
      }
    }
    return true;
  }

  /// Walks the needed libraries and, of each, the needed versions.
  private int renameVersions(int library) {
    var changes = 0;
    while (true) {
      var version = library + elf.getInt(library + 8);
      for (var i = 0; i < elf.getShort(library + 2); i++) {
        if (elf.getInt(version) == hash(from)) {
          elf.putInt(version, hash(to));
          changes++;
        }
        version += elf.getInt(version + 12);
      }
      var next = elf.getInt(library + 12);
      if (next == 0) {
        return changes;
      }
      library += next;
    }
  }

  /// The hash of the System V ABI, of all but the zero at the end.
  private static int hash(byte[] name) {
    var h = 0;
    for (var i = 0; i < name.length - 1; i++) {
      h = (h << 4) + (name[i] & 255);
      var high = h & 0xf0000000;
      h = (h ^ (high >>> 24)) & ~high;
    }
    return h;
  }
}

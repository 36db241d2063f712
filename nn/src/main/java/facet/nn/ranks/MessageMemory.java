package facet.nn.ranks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory outside of Java's heap for what ranks send each other, kept from step to step: a rank
/// sends as much as it has weights, and fresh pages would cost more time than the messages.
final class MessageMemory {
  private static final int ALIGNMENT = 64;

  private MemorySegment out = MemorySegment.NULL;
  private MemorySegment in = MemorySegment.NULL;

  /// So many floats to send, with undefined content; those of the call before are gone.
  MemorySegment out(long floats) {
    out = grown(out, floats);
    return out.asSlice(0, floats * Float.BYTES);
  }

  /// So many floats to receive; those of the call before are gone.
  MemorySegment in(long floats) {
    in = grown(in, floats);
    return in.asSlice(0, floats * Float.BYTES);
  }

  private static MemorySegment grown(MemorySegment segment, long floats) {
    var bytes = floats * Float.BYTES;
    return segment.byteSize() >= bytes ? segment : Arena.ofAuto().allocate(bytes, ALIGNMENT);
  }
}

package facet.tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Recycles a backend's storages by size class, so that a training step that repeats the sizes of
/// the one before allocates nothing. Sizes are rounded up to eight classes an octave (at most
/// 12.5 % waste). Not thread-safe: one training loop, one pool.
public final class StoragePool {
  private final IntFunction<? extends Storage> allocator;
  private final Consumer<? super Storage> destructor;
  private final List<@Nullable ArrayDeque<Storage>> free = new ArrayList<>();
  private Consumer<? super Storage> onTake = storage -> {};
  private int live;
  private long allocations;
  private long allocatedElements;

  public StoragePool(
      IntFunction<? extends Storage> allocator, Consumer<? super Storage> destructor) {
    this.allocator = allocator;
    this.destructor = destructor;
  }

  /// Sees every storage before [#take] hands it out: tests poison its content here.
  public void onTake(Consumer<? super Storage> observer) {
    onTake = observer;
  }

  /// A storage of at least `length` elements with undefined content.
  public Storage take(int length) {
    live++;
    var storage = recycleOrAllocate(length);
    onTake.accept(storage);
    return storage;
  }

  private Storage recycleOrAllocate(int length) {
    var sizeClass = sizeClass(length);
    var list = sizeClass < free.size() ? free.get(sizeClass) : null;
    var recycled = list == null ? null : list.pollLast();
    if (recycled != null) {
      return recycled;
    }
    allocations++;
    allocatedElements += capacity(sizeClass);
    return allocator.apply(capacity(sizeClass));
  }

  /// Gives a storage from [#take] back.
  public void give(Storage storage) {
    live--;
    var sizeClass = sizeClass(storage.length());
    while (free.size() <= sizeClass) {
      free.add(null);
    }
    var list = free.get(sizeClass);
    if (list == null) {
      list = new ArrayDeque<>();
      free.set(sizeClass, list);
    }
    list.addLast(storage);
  }

  /// Frees all storages that nobody holds.
  public void trim() {
    for (var list : free) {
      if (list != null) {
        list.forEach(
            storage -> {
              allocatedElements -= storage.length();
              destructor.accept(storage);
            });
        list.clear();
      }
    }
  }

  /// The leak counter: storages taken and not given back.
  public int live() {
    return live;
  }

  /// How often the backend had to allocate since the start: constant in a steady training loop.
  public long allocations() {
    return allocations;
  }

  /// Elements held, in use or free.
  public long allocatedElements() {
    return allocatedElements;
  }

  private static int sizeClass(int length) {
    if (length <= 64) {
      return 0;
    }
    var blocks = (length + 7L) / 8; // at least 9
    var octave = 63 - Long.numberOfLeadingZeros(blocks - 1); // 2^octave <= blocks - 1
    var step = (blocks - 1) >> (octave - 3); // 8 .. 15
    return 1 + (octave - 3) * 8 + (int) (step - 8);
  }

  private static int capacity(int sizeClass) {
    if (sizeClass == 0) {
      return 64;
    }
    var octave = 3 + (sizeClass - 1) / 8;
    var step = 8 + (sizeClass - 1) % 8;
    return (int) Math.min(((step + 1L) << (octave - 3)) * 8, Integer.MAX_VALUE - 64);
  }
}

package facet.tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Recycles a backend's storages by size class, so that a training step that repeats the sizes of
/// the one before allocates nothing. Sizes are rounded up to 32 classes an octave: at most 3 %
/// waste, and none for the activations of an IResNet, 49 times a power of two. Not thread-safe: one
/// training loop, one pool.
public final class StoragePool {
  private static final int SMALLEST_BITS = 8;
  private static final int SMALLEST = 1 << SMALLEST_BITS;

  /// Classes of an octave.
  private static final int STEP_BITS = 5;

  private static final int STEPS = 1 << STEP_BITS;

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
    if (length <= SMALLEST) {
      return 0;
    }
    var octave = 31 - Integer.numberOfLeadingZeros(length - 1); // 2^octave < length
    var step = (length - 1) >> (octave - STEP_BITS); // STEPS .. 2 STEPS - 1
    return 1 + (octave - SMALLEST_BITS) * STEPS + step - STEPS;
  }

  private static int capacity(int sizeClass) {
    if (sizeClass == 0) {
      return SMALLEST;
    }
    var octave = SMALLEST_BITS + (sizeClass - 1) / STEPS;
    var step = STEPS + (sizeClass - 1) % STEPS;
    return (int) Math.min((step + 1L) << (octave - STEP_BITS), Integer.MAX_VALUE - 64);
  }
}

package facet.tensor;

/// A vector of integers on a backend: labels, arg-max positions. Nothing flows through it backward.
public final class Ints {
  private final Scope scope;
  private final Storage storage;
  private final int length;

  Ints(Scope scope, Storage storage, int length) {
    this.scope = scope;
    this.storage = storage;
    this.length = length;
  }

  public int length() {
    return length;
  }

  public Storage storage() {
    scope.requireOpen();
    return storage;
  }

  /// The elements `[from, from + count)`: the same memory, not a copy.
  public Ints slice(int from, int count) {
    return new Ints(scope, scope.backend().slice(storage(), from, count), count);
  }

  public int[] toArray() {
    var values = new int[length];
    scope.backend().readInts(storage(), values, 0, length);
    return values;
  }
}

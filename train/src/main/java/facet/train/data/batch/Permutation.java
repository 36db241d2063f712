package facet.train.data.batch;

import facet.train.data.RandomStream;

/// A random permutation of `0 .. size-1` that is computed element by element, without state.
///
/// It is a Feistel network (Luby, Rackoff 1988) on the smallest even number of bits that holds
/// `size`. Such a network permutes whatever its round function is; results outside the range are
/// put through it again until they fall inside (cycle walking), which happens fewer than four
/// times on average. On a few bits its permutations are not equally likely (of five elements some
/// came twice as often as others): a few elements are shuffled instead (Fisher and Yates' method,
/// Durstenfeld 1964).
public record Permutation(int size, RandomStream random) {
  private static final int ROUNDS = 6;

  /// Elements that are shuffled at most.
  private static final int FEW = 32;

  /// Where `index` goes.
  public int at(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("permutation of " + size + ", index " + index);
    }
    if (size <= FEW) {
      return shuffled(index);
    }
    int half = (33 - Integer.numberOfLeadingZeros(size - 1)) / 2;
    long value = index;
    do {
      value = encrypt(value, half);
    } while (value >= size);
    return (int) value;
  }

  private int shuffled(int index) {
    var order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = random.below(i, i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order[index];
  }

  private long encrypt(long value, int half) {
    long mask = (1L << half) - 1;
    long left = value >>> half;
    long right = value & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long mixed = left ^ (random.bits(((long) round << 32) | right) & mask);
      left = right;
      right = mixed;
    }
    return (left << half) | right;
  }
}

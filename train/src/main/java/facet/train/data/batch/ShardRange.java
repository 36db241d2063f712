package facet.train.data.batch;

import java.util.stream.IntStream;

/// Some shards of a batch. Shard `s` of `count` has the images `s`, `s + count`, `s + 2 count` and
/// so on, and thus its share of every part of a [facet.nn.loss.DdlBatch].
///
/// @param first the first of the shards
/// @param end the shard after the last
public record ShardRange(int count, int first, int end) {
  /// A batch that is not cut.
  public static final ShardRange WHOLE = new ShardRange(1, 0, 1);

  /// The places in a batch of so many images that belong to these shards, shard by shard.
  public int[] positions(int batch) {
    return IntStream.range(first, end)
        .flatMap(
            shard ->
                IntStream.iterate(
                    shard, position -> position < batch, position -> position + count))
        .toArray();
  }

  /// How many images of the batch these shards have.
  public int images(int batch) {
    return images(batch, first, end);
  }

  /// How many images the shards from `from` to `to` have.
  public int images(int batch, int from, int to) {
    var images = 0;
    for (var shard = from; shard < to; shard++) {
      images += (batch - shard + count - 1) / count;
    }
    return images;
  }
}

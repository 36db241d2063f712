package facet.train.training;

import facet.train.config.TrainOptions;
import facet.train.data.CachedDataset;
import facet.train.data.FaceDataset;
import facet.train.data.synthetic.SyntheticFaces;

/// Six people and a network for trainings of milliseconds.
final class Tiny {
  /// Four easy and three hard images each, drawn once.
  static final FaceDataset FACES = drawn(6, 4, 3, 16);

  private Tiny() {}

  /// People of whom each image is drawn once, not for each batch.
  static FaceDataset drawn(int people, int easy, int hard, int side) {
    var faces = new SyntheticFaces(2, people, easy, hard, side).dataset();
    return CachedDataset.fill(faces, side, 0, 1, (done, total) -> {});
  }

  static TrainOptions options() {
    var options = new TrainOptions();
    options.network.width = 4;
    options.network.depths = "1,1";
    options.network.size = 16;
    options.network.embedding = 8;
    options.loss.scale = 16;
    options.loss.branch.size = 2;
    return options;
  }
}

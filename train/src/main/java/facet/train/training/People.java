package facet.train.training;

import facet.train.data.FaceDataset;
import facet.train.text.Digest;

/// Whom the classes of a head stand for.
public final class People {
  /// Of so many people, evenly over all, a face is looked at.
  private static final int FACES = 32;

  private People() {}

  /// A fingerprint of the people of `data` in their order: by their names; and where those are
  /// numbers, which say nothing, also by a face of some of them.
  ///
  /// @param size side of the images in pixels
  public static String fingerprint(FaceDataset data, int size) {
    var first = new int[data.identities()]; // the number from 1 of each person's first image
    for (var i = data.size() - 1; i >= 0; i--) {
      first[data.item(i).identity()] = i + 1;
    }
    var digest = new Digest();
    var named = false;
    for (var image : first) {
      var name = image == 0 ? "" : data.item(image - 1).name();
      named |= !name.matches("[0-9]*");
      digest.add(name + '\0');
    }
    if (!named) {
      var rgb = new byte[3 * size * size];
      var step = Math.max(1, first.length / FACES);
      for (var p = 0; p < first.length; p += step) {
        if (first[p] > 0) {
          data.load(first[p] - 1, size, rgb);
          digest.add(rgb);
        }
      }
    }
    return digest.hex(16);
  }
}

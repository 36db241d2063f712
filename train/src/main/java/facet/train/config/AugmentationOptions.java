package facet.train.config;

import facet.train.data.batch.Augmentation;
import picocli.CommandLine.Option;

/// How training images are varied.
public final class AugmentationOptions {
  private static final double MIRRORED = 0.5;

  @Option(
      names = "--shift",
      paramLabel = "PIXELS",
      description = "Random shift of each image, beside mirroring. Default: ${DEFAULT-VALUE}.")
  public int shift = 2;

  @Option(
      names = "--light",
      paramLabel = "SHARE",
      description =
          "Random change of each image's brightness and contrast, up to this share. "
              + "Default: ${DEFAULT-VALUE}.")
  public double light;

  @Option(
      names = "--erase",
      paramLabel = "PROBABILITY",
      description = "Cover a random rectangle of an image this often. Default: ${DEFAULT-VALUE}.")
  public double erase;

  /// @param size side of the images in pixels, of which something has to stay
  void check(int size) {
    if (shift < 0 || shift > size / 2) {
      throw Checks.wrong("shift", shift, "0 to half of the images' " + size + " pixels");
    }
    Checks.atMostOne("light", light);
    Checks.atMostOne("erase", erase);
  }

  /// The augmentation that they describe.
  public Augmentation augmentation() {
    return new Augmentation(MIRRORED, shift, light, light, 0, 0, erase);
  }
}

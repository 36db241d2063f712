package facet.nn;

import org.jspecify.annotations.Nullable;

/// How the field builds and names an [IResNet]. Networks of every variant compute with the same
/// layers; only these have weights under the same names as their authors' files.
public enum IResNetVariant {
  /// insightface's arcface_torch: a projection in the shortcut of every stage's first block.
  INSIGHTFACE("insightface's IResNet", true, null),
  /// TFace, AdaFace and CVLface: where a stage keeps the channels, its shortcut takes every second
  /// pixel (a max-pool of 1x1), and the last batch norm has no weight and bias.
  IR("TFace's and AdaFace's IR", true, null),
  /// TFace's and CVLface's: as [#IR], with squeeze-and-excitation at the end of a block.
  IR_SE("TFace's IR-SE", true, "se_block"),
  /// face.evoLVe and InsightFace_Pytorch: as [#IR], without a batch norm behind a block's first
  /// convolution; the last batch norm has weight and bias.
  EARLY_IR("face.evoLVe's IR", false, null),
  /// The same with squeeze-and-excitation at the end of a block: the IR-SE-50 of
  /// InsightFace_Pytorch.
  EARLY_IR_SE("InsightFace_Pytorch's and face.evoLVe's IR-SE", false, "5");

  private final String title;
  private final boolean middleNorm;
  private final @Nullable String squeeze;

  /// @param squeeze the name of a block's squeeze-and-excitation, null where it has none
  IResNetVariant(String title, boolean middleNorm, @Nullable String squeeze) {
    this.title = title;
    this.middleNorm = middleNorm;
    this.squeeze = squeeze;
  }

  /// What the field calls it.
  public String title() {
    return title;
  }

  /// How networks of no standard size are called.
  String family() {
    return this == INSIGHTFACE ? "iresnet" : squeeze == null ? "ir" : "irse";
  }

  /// The rate before the last linear layer that the authors train with.
  double dropout() {
    return this == INSIGHTFACE ? 0 : 0.4;
  }

  /// Whether a shortcut that keeps the channels skips pixels instead of projecting them.
  boolean subsamples() {
    return this != INSIGHTFACE;
  }

  /// What is trained of the last batch norm.
  BatchNormalization.Trained lastNorm() {
    return switch (this) {
      case INSIGHTFACE -> BatchNormalization.Trained.BIAS;
      case IR, IR_SE -> BatchNormalization.Trained.NONE;
      case EARLY_IR, EARLY_IR_SE -> BatchNormalization.Trained.FULL;
    };
  }

  /// The names of the layers outside the blocks.
  record Names(
      String conv, String norm, String prelu, String lastNorm, String fc, String features) {}

  Names names() {
    return this == INSIGHTFACE
        ? new Names("conv1", "bn1", "prelu", "bn2", "fc", "features")
        : new Names(
            "input_layer.0",
            "input_layer.1",
            "input_layer.2",
            "output_layer.0",
            "output_layer.3",
            "output_layer.4");
  }

  /// The name of block `index` of stage `stage` (from 0), which is number `number` of all.
  String block(int stage, int index, int number) {
    return this == INSIGHTFACE ? "layer" + (stage + 1) + "." + index : "body." + number;
  }

  /// The names of a block's layers; null where it has none such.
  record BlockNames(
      String norm1,
      String conv1,
      @Nullable String norm2,
      String prelu,
      String conv2,
      String norm3,
      @Nullable String squeeze,
      String shortcut,
      String shortcutNorm) {}

  BlockNames names(String block) {
    if (this == INSIGHTFACE) {
      return new BlockNames(
          block + ".bn1",
          block + ".conv1",
          block + ".bn2",
          block + ".prelu",
          block + ".conv2",
          block + ".bn3",
          null,
          block + ".downsample.0",
          block + ".downsample.1");
    }
    var residual = block + ".res_layer.";
    var next = middleNorm ? 3 : 2;
    return new BlockNames(
        residual + 0,
        residual + 1,
        middleNorm ? residual + 2 : null,
        residual + next,
        residual + (next + 1),
        residual + (next + 2),
        squeeze == null ? null : residual + squeeze,
        block + ".shortcut_layer.0",
        block + ".shortcut_layer.1");
  }
}

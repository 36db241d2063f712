package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;

import facet.train.config.TrainOptions;
import facet.train.data.FaceDataset;
import facet.train.data.batch.ClassificationSampler;
import facet.train.data.synthetic.SyntheticFaces;
import java.util.HashMap;
import org.junit.jupiter.api.Test;

class RunIdentityTest {
  private static final FaceDataset FACES = new SyntheticFaces(2, 2, 2, 2, 8).dataset();

  private static RunIdentity of(TrainOptions options) {
    var sampler = new ClassificationSampler(FACES, 4, 0);
    return RunIdentity.of(options, options.network(), FACES, sampler, "people", "within");
  }

  /// An option that a checkpoint's version did not have yet means its default.
  @Test
  void aRunOfAVersionBeforeAnOptionGoesOn() {
    var options = new TrainOptions();
    var before = new HashMap<>(of(options).facts());
    before.keySet().removeIf(key -> key.matches("recipe\\.(decay-all|ddl-.*|loss-weight)"));
    assertThat(of(options).changes(before, false)).isEmpty();
    options.optimizer.decayAll = true;
    assertThat(of(options).changes(before, false)).containsExactly("decay-all was false, is true");
  }

  /// The first version kept no recipe, and no people.
  @Test
  void whatAVersionDidNotKeepIsNotCompared() {
    var options = new TrainOptions();
    var before = new HashMap<>(of(options).facts());
    before.keySet().removeIf(key -> key.matches("recipe\\..*|people|domains"));
    options.optimizer.lr = 0.2;
    assertThat(of(options).changes(before, false)).isEmpty();
    options.run.seed = 7;
    assertThat(of(options).changes(before, false)).containsExactly("seed was 0, is 7");
  }
}

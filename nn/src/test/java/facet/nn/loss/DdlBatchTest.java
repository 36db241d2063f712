package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DdlBatchTest {
  @Test
  void theLayoutOfADdlBatchCoversItOnce() {
    var layout = new DdlBatch(32, 2);
    assertThat(layout.size()).isEqualTo(192);
    assertThat(layout.singles(0)).isEqualTo(new DdlBatch.Range(0, 32));
    assertThat(layout.singles(1)).isEqualTo(new DdlBatch.Range(32, 32));
    assertThat(layout.firsts(0)).isEqualTo(new DdlBatch.Range(64, 32));
    assertThat(layout.seconds(0)).isEqualTo(new DdlBatch.Range(96, 32));
    assertThat(layout.firsts(1)).isEqualTo(new DdlBatch.Range(128, 32));
    assertThat(layout.seconds(1)).isEqualTo(new DdlBatch.Range(160, 32));
    assertThat(layout.allSingles()).isEqualTo(new DdlBatch.Range(0, 64));
    var three = new DdlBatch(4, 3);
    assertThat(three.firsts(0).start()).isEqualTo(12);
    assertThat(three.seconds(2).end()).isEqualTo(three.size());
  }
}

package facet.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.options.OptionsBuilder;

class SuiteTest {
  @Test
  void questionsAreAllChoicesOfTheParameters() throws IOException {
    var options =
        new OptionsBuilder().include("MarginSoftmax.*forward").param("rows", "8", "9").build();
    assertThat(new Suite(options).questions())
        .hasSize(2 * 3)
        .allMatch(q -> q.verb().equals("forward"))
        .anyMatch(q -> q.param("rows").equals("9") && q.param("classes").equals("1000"));
  }

  @Test
  void aNameThatMatchesNothingIsAnError() {
    var suite = new Suite(new OptionsBuilder().include("Convolution.forward").build());
    assertThatIOException()
        .isThrownBy(suite::questions)
        .withMessage("no benchmark matches Convolution.forward; -l lists their names");
  }
}

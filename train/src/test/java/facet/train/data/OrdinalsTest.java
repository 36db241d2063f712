package facet.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrdinalsTest {
  private static final List<String> LETTERS = List.of("a", "b", "c", "d", "e");

  @Test
  void rangesAndNumbersSelectInTheOrderOfTheList() {
    assertThat(Ordinals.parse("4-5, 1").select(LETTERS, "letters", "x"))
        .containsExactly("a", "d", "e");
    assertThat(Ordinals.parse("all").select(LETTERS, "letters", "x")).isEqualTo(LETTERS);
    assertThat(Ordinals.parse("1-3,5")).hasToString("1-3,5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0-3", "5-2", "a", "1-", "1,,2", "1 2", "-3"})
  void aSelectionThatMakesNoSenseIsAUsageError(String text) {
    assertThatThrownBy(() -> Ordinals.parse(text))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
        .hasMessageContaining("selection '" + text + "'")
        .hasMessageContaining("1-400,405");
  }

  @Test
  void aSelectionPastTheEndNamesTheNumberThereIs() {
    assertThatThrownBy(() -> Ordinals.parse("3-9").select(LETTERS, "people", "folder"))
        .hasMessage("folder: selection 3-9 reaches past its 5 people; choose from 1-5.");
  }

  @Test
  void numbersInNamesSortAsNumbers() {
    assertThat(
            Stream.of("s10", "s2", "s1", "S3", "s02", "10", "9", "a10b2", "a10b10", "a", "")
                .sorted(new NaturalOrder()))
        .containsExactly("", "9", "10", "S3", "a", "a10b2", "a10b10", "s1", "s02", "s2", "s10");
  }
}

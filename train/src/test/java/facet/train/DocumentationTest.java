package facet.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What documents say in Java compiles, and the example does what it is there for.
class DocumentationTest {
  private static final Path ROOT = Path.of("..");

  /// In Markdown, and in Javadoc without its slashes.
  private static final Pattern FRAGMENT = Pattern.compile("(?s)\n```java\n(.*?)\n```");

  /// A line of code that nobody marked as such.
  private static final Pattern UNMARKED = Pattern.compile("(?m)^ {4,}\\S.*;$");

  /// A command in a line of its own or between backticks, which may be in two lines.
  private static final Pattern MAVEN = Pattern.compile("(?m)^ {4}mvn .*$|`mvn [^`]*`");

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

  /// A fragment is compiled if all its lines stand, one below the other, in a file that is.
  @Test
  void everyFragmentIsPartOfACompiledFile() {
    var compiled =
        Stream.concat(sources(), files("docs", ".java"))
            .map(file -> withoutIndents(read(file)))
            .collect(Collectors.joining());
    var fragments = fragments();
    assertThat(fragments).hasSizeGreaterThan(3);
    assertThat(fragments)
        .allSatisfy(fragment -> assertThat(compiled).contains(withoutIndents(fragment)));
  }

  private static List<String> fragments() {
    var all = new ArrayList<String>();
    documents().forEach(text -> FRAGMENT.matcher(text).results().forEach(m -> all.add(m.group(1))));
    return all;
  }

  @Test
  void codeInJavadocIsMarkedAsJava() {
    assertThat(sources().map(file -> javadoc(read(file))))
        .allSatisfy(text -> assertThat(UNMARKED.matcher(withoutFragments(text)).find()).isFalse());
  }

  private static String withoutFragments(String text) {
    return FRAGMENT.matcher(text).replaceAll("");
  }

  private static Stream<String> documents() {
    return Stream.concat(
        Stream.of(
                Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")),
                files("docs", ".md"))
            .flatMap(files -> files)
            .map(DocumentationTest::read),
        sources().map(file -> javadoc(read(file))));
  }

  /// The text of all `///` comments of a file.
  private static String javadoc(String source) {
    return source
        .lines()
        .map(String::strip)
        .map(line -> line.startsWith("///") ? line.substring(Math.min(4, line.length())) : "")
        .collect(Collectors.joining("\n"));
  }

  private static String withoutIndents(String text) {
    return text.lines().map(String::strip).collect(Collectors.joining("\n")) + "\n";
  }

  private static Stream<Path> sources() {
    return Stream.of("tensor", "kernels", "nn", "train", "bench")
        .flatMap(module -> files(module + "/src", ".java"));
  }

  private static Stream<Path> files(String folder, String ending) {
    try (var files = Files.walk(ROOT.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(ending)).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theExamplesCompile() {
    assertThat(Examples.folder()).isDirectoryContaining("glob:**Spirals.class");
  }

  /// A link to a place in this repository names a file, and a heading in it if it says so.
  @Test
  void everyLinkLeadsSomewhere() {
    var documents =
        Stream.concat(
                Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")),
                Stream.concat(files("docs", ".md"), files("kernels/src", ".md")))
            .toList();
    assertThat(documents)
        .allSatisfy(
            document ->
                assertThat(LINK.matcher(read(document)).results().map(m -> m.group(1)))
                    .allSatisfy(link -> requireTarget(document, link)));
  }

  private static void requireTarget(Path document, String link) {
    if (link.startsWith("http")) {
      return;
    }
    var parts = link.split("#", 2);
    var file = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
    assertThat(file).as("%s links to %s", document, link).exists();
    if (parts.length > 1) {
      var headings = read(file).lines().filter(line -> line.startsWith("#"));
      assertThat(headings.map(DocumentationTest::anchor))
          .as("%s links to %s", document, link)
          .contains(parts[1]);
    }
  }

  /// As GitHub makes it of a heading.
  private static String anchor(String heading) {
    return heading
        .replaceFirst("#+ ", "")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\w -]", "")
        .replace(' ', '-');
  }

  /// Maven fails in a module before that has no such test, unless it is told not to.
  @Test
  void commandsForOneTestPassTheModulesBefore() {
    var commands =
        documents()
            .flatMap(text -> MAVEN.matcher(text).results())
            .map(MatchResult::group)
            .filter(command -> command.contains("-Dtest="))
            .toList();
    assertThat(commands).hasSizeGreaterThan(3);
    assertThat(commands)
        .allSatisfy(
            command ->
                assertThat(command).contains(" -am ", "-Dsurefire.failIfNoSpecifiedTests=false"));
  }

  @Test
  void theExampleLearns() throws Exception {
    var java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@../train/jvm.options",
                "-cp",
                System.getProperty("java.class.path"),
                "../docs/Spirals.java")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var output = new String(java.getInputStream().readAllBytes(), UTF_8);
    assertThat(java.waitFor()).isZero();
    assertThat(output.lines()).hasSize(6).last().asString().endsWith("400 of 400 right");
  }
}

package facet.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What documents say in Java compiles, and the example does what it is there for.
class DocumentationTest {
  private static final Path ROOT = Path.of("..");

  /// In Markdown, and in Javadoc without its slashes.
  private static final Pattern FRAGMENT = Pattern.compile("(?s)\n```java\n(.*?)\n```");

  /// A line of code that nobody marked as such.
  private static final Pattern UNMARKED = Pattern.compile("(?m)^ {4,}\\S.*;$");

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
  void theExamplesCompile(@TempDir Path folder) {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var arguments = new ArrayList<>(List.of("-d", folder.toString(), "-proc:none"));
    arguments.addAll(List.of("-cp", System.getProperty("java.class.path")));
    files("docs", ".java").map(Path::toString).forEach(arguments::add);
    assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new))).isZero();
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

package facet.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;

/// The programs under `docs`, compiled once for all tests of a JVM.
final class Examples {
  static final Path DOCS = Path.of("../docs");

  private static final class Compiled {
    static final Path FOLDER = compile();
  }

  private Examples() {}

  private static Path compile() {
    try (var files = Files.walk(DOCS)) {
      var folder = Files.createTempDirectory("examples");
      var arguments = new ArrayList<>(List.of("-d", folder.toString(), "-proc:none"));
      arguments.addAll(List.of("-cp", System.getProperty("java.class.path")));
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
      var compiler = ToolProvider.getSystemJavaCompiler();
      assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new))).isZero();
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The lines that the program `name` prints.
  static List<String> run(String name, String... arguments) throws Exception {
    var url = Compiled.FOLDER.toUri().toURL();
    var out = new ByteArrayOutputStream();
    var before = System.out;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try (var loader = new URLClassLoader(new java.net.URL[] {url})) {
      var type = loader.loadClass(name);
      var constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      var main = type.getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(constructor.newInstance(), (Object) arguments);
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  /// Compiles all; fails if one does not.
  static Path folder() {
    return Compiled.FOLDER;
  }
}

package facet.tensor.check;

import facet.tensor.Op;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Finds the ops of a package by scanning its classes, so that none escapes the gradient check.
public final class OpScan {
  private OpScan() {}

  /// The names of the concrete ops in `packageName` and below that have no smooth spec.
  ///
  /// @param anchor any class of the module: its classes, in a folder or a jar, are scanned
  public static Set<String> withoutSpec(Class<?> anchor, String packageName, List<OpSpec> specs) {
    var checked = specs.stream().filter(OpSpec::smooth).map(spec -> spec.op().getName()).toList();
    return ops(anchor, packageName).stream()
        .map(Class::getName)
        .filter(name -> !checked.contains(name))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// The concrete classes in `packageName` and below that implement [Op].
  public static List<Class<?>> ops(Class<?> anchor, String packageName) {
    try {
      var root = Path.of(anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(root)) {
        return ops(anchor, root, packageName);
      }
      try (var jar = FileSystems.newFileSystem(root)) {
        return ops(anchor, jar.getPath("/"), packageName);
      }
    } catch (IOException | URISyntaxException e) {
      throw new AssertionError("cannot scan the classes beside " + anchor.getName(), e);
    }
  }

  private static List<Class<?>> ops(Class<?> anchor, Path root, String packageName)
      throws IOException {
    var folder = root.resolve(packageName.replace('.', '/'));
    if (!Files.isDirectory(folder)) {
      throw new AssertionError("there is no package " + packageName + " in " + root);
    }
    try (var files = Files.walk(folder)) {
      return files
          .map(file -> root.relativize(file).toString())
          .filter(file -> file.endsWith(".class"))
          .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
          .<Class<?>>map(name -> load(anchor, name))
          .filter(type -> Op.class.isAssignableFrom(type))
          .filter(type -> !Modifier.isAbstract(type.getModifiers()))
          .toList();
    }
  }

  private static Class<?> load(Class<?> anchor, String name) {
    try {
      return Class.forName(name, false, anchor.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}

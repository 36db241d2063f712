package facet.kernels.cuda;

import static org.junit.jupiter.api.Assumptions.abort;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// A class of tests that need a GPU or, where there is none, the test driver. They run in a JVM of
/// their own, by their tag `cuda`: a driver, once loaded, stays. A method may ask for the
/// [TestDriver]; on a GPU it gets null.
///
/// | property | |
/// |---|---|
/// | `cuda.driver=test` | takes the test driver although there is a GPU |
/// | `cuda.required=true` | fails, instead of skipping, where there is neither a GPU nor g++ |
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("cuda")
@ExtendWith(CudaTest.Device.class)
public @interface CudaTest {
  /// Whether only the test driver will do.
  boolean onTestDriver() default false;

  /// What the tests run on, chosen once for a JVM.
  final class Device implements BeforeAllCallback, AfterEachCallback, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE =
        ExtensionContext.Namespace.create(Device.class);

    /// The choice: a GPU if `driver` is null; nothing, and why.
    private record Choice(@Nullable TestDriver driver, String name, boolean none) {}

    @Override
    public void beforeAll(ExtensionContext context) {
      var choice = choice(context);
      var test = context.getRequiredTestClass();
      if (choice.none()) {
        if (Boolean.getBoolean("cuda.required")) {
          throw new IllegalStateException("-Dcuda.required=true, but " + choice.name());
        }
        System.out.println(test.getSimpleName() + " does not run: " + choice.name());
        abort(choice.name());
      }
      if (choice.driver() == null && test.getAnnotation(CudaTest.class).onTestDriver()) {
        abort(test.getSimpleName() + " is about the test driver, and there is a GPU");
      }
      System.out.println(test.getSimpleName() + " runs on: " + choice.name());
    }

    @Override
    public void afterEach(ExtensionContext context) {
      var driver = choice(context).driver();
      if (driver != null) {
        driver.reset();
      }
    }

    private static Choice choice(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(NAMESPACE)
          .computeIfAbsent("choice", key -> choose(), Choice.class);
    }

    private static Choice choose() {
      var gpu = Files.exists(Path.of("/dev/nvidiactl")) || Files.exists(Path.of("/dev/dxg"));
      if (gpu && !"test".equals(System.getProperty("cuda.driver"))) {
        return new Choice(null, name(), false);
      }
      if (System.getProperty("facet.cuda.driver") == null && !canRun("g++")) {
        return new Choice(null, "there is no GPU, and no g++ to build the test driver with", true);
      }
      return new Choice(TestDriver.install(), name(), false);
    }

    private static String name() {
      try (var driver = new Driver(0)) {
        return driver.deviceName();
      }
    }

    private static boolean canRun(String program) {
      var path = System.getenv().getOrDefault("PATH", "");
      for (var folder : path.split(":")) {
        if (Files.isExecutable(Path.of(folder, program))) {
          return true;
        }
      }
      return false;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == TestDriver.class;
    }

    @Override
    public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return choice(context).driver();
    }
  }
}

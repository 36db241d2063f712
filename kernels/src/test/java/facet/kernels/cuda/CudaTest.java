package facet.kernels.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A class of tests that need a GPU or, where there is none, the test driver. They run in a JVM of
/// their own, tagged `cuda`: a driver, once loaded, stays.
///
/// | property | |
/// |---|---|
/// | `cuda.driver=test` | takes the test driver although there is a GPU |
/// | `cuda.required=true` | fails, instead of skipping, where there is neither a GPU nor g++ |
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("cuda")
@ExtendWith(CudaTest.Devices.class)
public @interface CudaTest {
  /// Whether only the test driver will do.
  boolean onTestDriver() default false;

  /// What the tests run on, chosen once for a JVM.
  final class Devices implements BeforeAllCallback {
    private static final ExtensionContext.Namespace NAMESPACE =
        ExtensionContext.Namespace.create(Devices.class);

    /// The choice: a GPU if `driver` is null.
    private record Choice(@Nullable TestDriver driver, String name) {}

    @Override
    public void beforeAll(ExtensionContext context) {
      var choice =
          context
              .getRoot()
              .getStore(NAMESPACE)
              .computeIfAbsent("choice", key -> choose(), Choice.class);
      var test = context.getRequiredTestClass();
      var annotation = test.getAnnotation(CudaTest.class);
      assumeTrue(
          choice.driver() != null || !annotation.onTestDriver(),
          test.getSimpleName() + " is about the test driver, and there is a GPU");
      System.out.println(test.getSimpleName() + " runs on " + choice.name());
    }

    private static Choice choose() {
      var gpu = Files.exists(Path.of("/dev/nvidiactl")) || Files.exists(Path.of("/dev/dxg"));
      if (gpu && !"test".equals(System.getProperty("cuda.driver"))) {
        return new Choice(null, name());
      }
      var compiler = System.getProperty("facet.cuda.driver") != null || canRun("g++");
      if (!compiler) {
        var reason = "there is no GPU, and no g++ to build the test driver with";
        if (Boolean.getBoolean("cuda.required")) {
          throw new IllegalStateException("-Dcuda.required=true, but " + reason);
        }
        assumeTrue(false, "CUDA is not tested: " + reason);
      }
      return new Choice(TestDriver.install(), name());
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
  }
}

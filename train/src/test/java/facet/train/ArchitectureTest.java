package facet.train;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The walls between the parts. Here, because this module sees all of them.
class ArchitectureTest {
  /// The packages of `train` from the lowest floor to the roof (docs/architecture.md).
  private static final List<String> FLOORS =
      List.of(
          "facet.train.error",
          "facet.train.mpi",
          "facet.train.text",
          "facet.train.run",
          "facet.train.data.image",
          "facet.train.data",
          "facet.train.data.folder",
          "facet.train.data.packed",
          "facet.train.data.align",
          "facet.train.data.synthetic",
          "facet.train.data.source",
          "facet.train.data.batch",
          "facet.train.eval",
          "facet.train.report",
          "facet.train.config",
          "facet.train.training",
          "facet.train.experiment",
          "facet.train.demo",
          "facet.train.cli",
          "facet.train");

  private static final JavaClasses FACET =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("facet");

  @Test
  void theEngineStandsAlone() {
    noClasses()
        .that()
        .resideInAPackage("facet.tensor..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("facet.kernels..", "facet.nn..", "facet.train..")
        .check(FACET);
  }

  @Test
  void opsAndNetworksKnowNoBackend() {
    noClasses()
        .that()
        .resideInAnyPackage("facet.tensor.op..", "facet.nn..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("facet.kernels..", "facet.tensor.reference..")
        .check(FACET);
  }

  @Test
  void partsDoNotDependOnEachOtherInCircles() {
    slices().matching("facet.(*)..").should().beFreeOfCycles().check(FACET);
  }

  @Test
  void eachPackageOfTrainHasAFloor() {
    assertThat(
            FACET.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> (name + ".").startsWith("facet.train."))
                .distinct())
        .containsExactlyInAnyOrderElementsOf(FLOORS);
  }

  @Test
  void noFloorOfTrainDependsOnAHigherOne() {
    for (var floor = 0; floor < FLOORS.size() - 1; floor++) {
      var above = FLOORS.subList(floor + 1, FLOORS.size()).toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage(FLOORS.get(floor))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(above)
          .check(FACET);
    }
  }

  @Test
  void embeddingNeedsNoLibraryOfTheCommandLine() {
    noClasses()
        .that()
        .resideInAnyPackage(
            FLOORS.subList(0, FLOORS.indexOf("facet.train.eval") + 1).toArray(String[]::new))
        .and()
        .haveNameNotMatching("facet.train.text.(Json|YamlLimits)") // for reports, not networks
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", "org.snakeyaml..")
        .check(FACET);
  }

  @Test
  void onlyTheCpuBackendUsesTheVectorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage("facet.kernels.cpu")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator.vector..")
        .check(FACET);
  }

  @Test
  void oneClassForEachLibraryUsesJCuda() {
    assertThat(users("jcuda.driver")).as("the driver").containsExactly("Driver");
    assertThat(users("jcuda.jcublas")).as("cuBLAS").containsExactly("VendorGemm");
    assertThat(users("jcuda.jcudnn")).as("cuDNN").containsExactly("VendorConv");
    assertThat(users("jcuda")).isSubsetOf("Driver", "VendorGemm", "VendorConv");
  }

  @Test
  void oneClassCallsOpenMpi() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("facet.train.mpi.LibMpi")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.foreign.Linker")
        .check(FACET);
    assertThat(
            FACET.get("facet.train.mpi.LibMpi").getDirectDependenciesToSelf().stream()
                .map(dependency -> dependency.getOriginClass().getName().replaceFirst("\\$.*", ""))
                .collect(Collectors.toSet()))
        .isSubsetOf("facet.train.mpi.LibMpi", "facet.train.mpi.Mpi");
  }

  @Test
  void onlyDataDecodesImages() {
    noClasses()
        .that()
        .resideOutsideOfPackage("facet.train.data..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.awt..", "javax.imageio..")
        .check(FACET);
  }

  /// The top-level classes that depend on a package or those in it.
  private Set<String> users(String packageName) {
    return FACET.stream()
        .filter(user -> uses(user, packageName))
        .map(user -> user.getName().replaceFirst("\\$.*", "").replaceFirst(".*\\.", ""))
        .collect(Collectors.toSet());
  }

  private static boolean uses(JavaClass user, String packageName) {
    return user.getDirectDependenciesFromSelf().stream()
        .map(dependency -> dependency.getTargetClass().getPackageName() + ".")
        .anyMatch(target -> target.startsWith(packageName + "."));
  }
}

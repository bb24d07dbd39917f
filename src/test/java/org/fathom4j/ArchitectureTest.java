package org.fathom4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static com.tngtech.archunit.library.plantuml.rules.PlantUmlArchCondition.Configuration.consideringOnlyDependenciesInAnyPackage;
import static com.tngtech.archunit.library.plantuml.rules.PlantUmlArchCondition.adhereToPlantUmlDiagram;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/** The house keeps to its drawing. */
@AnalyzeClasses(packages = "org.fathom4j", importOptions = ArchitectureTest.WithoutTests.class)
class ArchitectureTest {

  /** ArchUnit's own knows the tests of target/, but not those of target/spark/. */
  static final class WithoutTests implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/test-classes/");
    }
  }

  @ArchTest
  static final ArchRule rooms_use_each_other_only_along_the_arrows_of_the_drawing =
      classes()
          .should(
              adhereToPlantUmlDiagram(
                  Path.of("src/docs/architecture.puml"),
                  consideringOnlyDependenciesInAnyPackage("org.fathom4j..")));

  @ArchTest
  static final ArchRule there_are_no_cycles_between_rooms =
      slices().matching("org.fathom4j.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule rooms_of_the_theory_keep_to_their_own_drawing =
      classes()
          .that()
          .resideInAPackage("org.fathom4j.theory..")
          .should(
              adhereToPlantUmlDiagram(
                  Path.of("src/docs/theory-rooms.puml"),
                  consideringOnlyDependenciesInAnyPackage("org.fathom4j.theory..")));

  @ArchTest
  static final ArchRule there_are_no_cycles_between_rooms_of_the_theory =
      slices().matching("org.fathom4j.theory.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule kernels_know_no_ND4J =
      noClasses()
          .that()
          .resideInAPackage("org.fathom4j.kernel..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.nd4j..", "org.deeplearning4j..", "org.datavec..");

  /** Its bundle has none: GPU servers get it without the natives of ND4J. */
  @ArchTest
  static final ArchRule the_check_of_a_GPU_knows_no_ND4J =
      noClasses()
          .that()
          .resideInAPackage("org.fathom4j.bench.gpu..")
          .or()
          .haveSimpleNameStartingWith("GpuCheck")
          .or()
          .haveSimpleName("Failures")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.nd4j..", "org.deeplearning4j..", "org.datavec..");

  /** An oracle that shares code with what it checks shares its bugs. */
  @ArchTest
  static final ArchRule the_theory_knows_no_ND4J =
      noClasses()
          .that()
          .resideInAPackage("org.fathom4j.theory..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.nd4j..", "org.deeplearning4j..", "org.datavec..");

  @ArchTest
  static final ArchRule only_the_command_line_prints =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.fathom4j.cli..")
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  @ArchTest
  static final ArchRule only_the_command_line_ends_the_process =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.fathom4j.cli..")
          .should()
          .callMethod(System.class, "exit", int.class)
          .orShould()
          .callMethod(Runtime.class, "exit", int.class)
          .orShould()
          .callMethod(Runtime.class, "halt", int.class);

  @ArchTest
  static final ArchRule every_random_number_has_a_seed =
      noClasses()
          .should()
          .callConstructor(Random.class)
          .orShould()
          .callMethod(Math.class, "random")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(ThreadLocalRandom.class);

  @ArchTest
  static final ArchRule logging_goes_through_slf4j = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
}

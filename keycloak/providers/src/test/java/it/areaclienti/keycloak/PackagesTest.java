package it.areaclienti.keycloak;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class PackagesTest {
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("it.areaclienti.keycloak");

    @Test
    void packagesDoNotDependOnEachOtherInACircle() {
        assertTrue(OURS.size() > 50, "the classes are found");
        slices().matching("it.areaclienti.keycloak.(*)..").should().beFreeOfCycles().check(OURS);
    }
}

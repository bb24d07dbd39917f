package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.fathom4j.train.ExperimentSpec;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {

  @Test
  void json_is_one_object_and_every_problem_has_its_cure() throws IOException {
    Said said = Said.by("doctor", "--json");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    JsonNode report = new ObjectMapper().readTree(said.out());
    assertThat(report.fieldNames())
        .toIterable()
        .containsExactly("ok", "findings", "gpu", "kernels", "machine");
    boolean ok = true;
    for (JsonNode finding : report.get("findings")) {
      assertThat(finding.get("found").asText()).isNotBlank();
      if (!finding.get("ok").asBoolean()) {
        ok = false;
        assertThat(finding.get("cure").asText()).isNotBlank();
      }
    }
    assertThat(report.get("ok").asBoolean()).isEqualTo(ok);
  }

  @Test
  void every_kernel_of_this_version_is_listed_with_a_reason() throws IOException {
    JsonNode kernels =
        new ObjectMapper().readTree(Said.by("doctor", "--json").out()).get("kernels");
    List<String> names = new ArrayList<>();
    for (JsonNode kernel : kernels) {
      names.add(kernel.get("name").asText());
      assertThat(kernel.get("reason").asText()).isNotBlank();
    }
    List<String> all = new ArrayList<>(ExperimentSpec.kernels());
    all.remove(ExperimentSpec.AUTO);
    assertThat(names).containsExactlyElementsOf(all);
  }

  @Test
  void JSON_says_who_can_compute_on_which_GPU() throws IOException {
    JsonNode gpu = new ObjectMapper().readTree(Said.by("doctor", "--json").out()).get("gpu");
    assertThat(gpu.fieldNames())
        .toIterable()
        .containsExactly("driver", "devices", "problem", "nd4jCuda");
    assertThat(gpu.get("nd4jCuda").fieldNames())
        .toIterable()
        .containsExactly("inThisBuild", "usable", "problem");
    assertThat(gpu.at("/nd4jCuda/usable").asBoolean())
        .isEqualTo(gpu.at("/nd4jCuda/problem").isNull());
  }

  @Test
  void the_list_names_what_was_looked_at() {
    assertThat(Said.by("doctor").out())
        .contains("java", "backend", "blas", "gpu", "memory", "fashion-mnist-1k", "kernel");
  }

  @Test
  void the_oldest_instructions_are_known_as_slow() {
    assertThat(OpenBlasCore.isSlow("Prescott")).isTrue();
    assertThat(OpenBlasCore.isSlow("SkylakeX")).isFalse();
  }
}

package org.fathom4j.ui;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;

/** Records of runs that never ran. */
public final class Runs {

  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  /** Looking around takes a moment: once is enough. */
  private static final Provenance PROVENANCE = Provenance.capture(Path.of("").toAbsolutePath());

  private Runs() {}

  /** A run that has begun. */
  public static RunRecord starting(String name) {
    return RunRecord.starting(
        name,
        List.of("train"),
        JsonNodeFactory.instance.objectNode(),
        new RunRecord.Data("fake", "made up", Map.of(), Map.of()),
        Map.of(),
        new RunRecord.Kernel("reference", "for the test", null, null),
        1,
        1234,
        START,
        PROVENANCE,
        List.of());
  }

  /** A directory with a record and two losses, 0.5 and 0.25. */
  public static RunDirectory write(Path runs, String name) throws IOException {
    RunDirectory run = new RunDirectory(Files.createDirectories(runs.resolve(name)));
    starting(name).write(run.runJson());
    try (MetricLog log = MetricLog.create(run.metricsCsv())) {
      log.append(1, 0, "batch", "loss", 0.5);
      log.append(2, 0, "batch", "loss", 0.25);
    }
    return run;
  }
}

package org.fathom4j.record;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.fathom4j.record.ComparisonRecord.Rate;

/** Records of comparisons that nobody made. */
public final class ComparisonRecords {

  private ComparisonRecords() {}

  /** One that is done, of ten classes. */
  public static ComparisonRecord done(
      String name,
      List<String> initializations,
      List<Integer> depths,
      List<Long> seeds,
      String learningRate,
      List<Rate> rates) {
    return new ComparisonRecord(
        ComparisonRecord.FORMAT,
        name,
        RunStatus.DONE,
        List.of(),
        initializations,
        depths,
        seeds,
        null,
        learningRate,
        rates,
        false,
        false,
        null,
        0.1,
        JsonNodeFactory.instance.objectNode(),
        RunRecord.Timing.startingAt(Instant.EPOCH),
        Provenance.captureBesideNd4j(Path.of("")));
  }
}

/**
 * What a run leaves behind: one directory with its record, its measurements, its model and its
 * checkpoints.
 *
 * <p>This room takes values; it knows nothing of blocks, data sets or training. {@link
 * org.fathom4j.record.RunDirectory} names the places, {@link org.fathom4j.record.RunRecord} is
 * {@code run.json} with its {@link org.fathom4j.record.Provenance}, {@link
 * org.fathom4j.record.MetricLog} and {@link org.fathom4j.record.DepthProfileLog} write the CSV
 * files, {@link org.fathom4j.record.ModelArchive} and {@link org.fathom4j.record.Checkpoint} the
 * zip files; {@link org.fathom4j.record.Checksums} seals what has stopped. Whatever carries a final
 * name is whole: files are written aside, synced and renamed, so that {@code kill -9} or a full
 * disk at any instant leaves the previous version. Who follows a log that another process writes
 * reads it through a {@link org.fathom4j.record.GrowingFile}, samples through {@link
 * org.fathom4j.record.StatsLog.Tail}.
 *
 * <p>A {@link org.fathom4j.record.ComparisonDirectory} holds many runs, the question they answer
 * together ({@link org.fathom4j.record.ComparisonRecord}) and their numbers ({@link
 * org.fathom4j.record.ComparisonCsv}).
 *
 * <pre>{@code
 * RunDirectory run = RunDirectory.create(Path.of("runs"), "mzas");
 * try (RunLock lock = run.lock(); MetricLog metrics = MetricLog.create(run.metricsCsv())) {
 *   metrics.append(0, 0, "train", "loss", 2.302585);
 *   metrics.sync();
 * }
 * }</pre>
 */
package org.fathom4j.record;

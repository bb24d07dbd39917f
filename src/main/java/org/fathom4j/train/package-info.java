/**
 * One experiment, from a specification to a record.
 *
 * <p>{@link org.fathom4j.train.ExperimentSpec} is everything that decides a run, {@link
 * org.fathom4j.train.Trainer} runs and resumes it, {@link org.fathom4j.train.TrainingResult} says
 * how it ended. {@link org.fathom4j.train.Verifier} checks that a record is what the program makes
 * of its specification: {@code FileChecks} its files, {@code RowChecks} its measurements, {@code
 * ModelCheck} its network, {@code Replay} its first updates, with the trainer's own parts.
 *
 * <pre>{@code
 * Trainer trainer = new Trainer(Path.of("runs"), Path.of("."), List.of(),
 *     TrainingProgress.SILENT, () -> false);
 * TrainingResult result = trainer.run(spec);
 * }</pre>
 */
package org.fathom4j.train;

/**
 * Many experiments, one answer: a learning rate for each initialization and depth, and a comparison
 * over seeds.
 *
 * <p>{@link org.fathom4j.compare.LearningRateTuner} searches for one cell, {@link
 * org.fathom4j.compare.Tuning} for many with a record; {@link org.fathom4j.compare.TunedRate} is
 * the outcome of a search, {@link org.fathom4j.compare.Trial} one step of it, {@link
 * org.fathom4j.compare.LearningRates} the file of all outcomes.
 *
 * <pre>{@code
 * Tuning tuning = new Tuning(Path.of("runs"), Path.of("."), List.of(), TuningProgress.SILENT, () -> false);
 * LearningRates rates = tuning.run(new TuningSpec(spec, List.of("mzas"), List.of(100), 40)).rates();
 * rates.of("mzas", 100).flatMap(cell -> cell.learningRate().stream().boxed().findFirst());
 * }</pre>
 */
package org.fathom4j.compare;

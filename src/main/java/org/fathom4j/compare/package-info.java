/**
 * Many experiments, one answer: a learning rate for each initialization and depth, and a comparison
 * over seeds.
 *
 * <p>{@link org.fathom4j.compare.LearningRateTuner} searches for one cell, {@link
 * org.fathom4j.compare.Tuning} for many with a record; {@link org.fathom4j.compare.TunedRate} is
 * the outcome of a search, {@link org.fathom4j.compare.Trial} one step of it, {@link
 * org.fathom4j.compare.LearningRates} the file of all outcomes.
 *
 * <p>{@link org.fathom4j.compare.Comparison} trains every cell of a {@link
 * org.fathom4j.compare.ComparisonSpec}, with the learning rates of a {@link
 * org.fathom4j.compare.RateSource}; {@link org.fathom4j.compare.Verdict} says of each run whether
 * it learnt, and {@link org.fathom4j.compare.Spread} what its cell amounts to over seeds. {@link
 * org.fathom4j.compare.ComparisonVerifier} holds a comparison against its runs.
 *
 * <p>Runs and searches are {@link org.fathom4j.compare.Task}s that a {@link
 * org.fathom4j.compare.WorkerPool} can do, many at once: the room {@code spark} has one on Apache
 * Spark, in a build of its own, where {@link org.fathom4j.compare.WorkerPoolProvider} finds it.
 *
 * <pre>{@code
 * Tuning tuning = new Tuning(Path.of("runs"), Path.of("."), List.of(), TuningProgress.SILENT, () -> false);
 * LearningRates rates = tuning.run(new TuningSpec(spec, List.of("mzas"), List.of(100), 40)).rates();
 * rates.of("mzas", 100).flatMap(cell -> cell.learningRate().stream().boxed().findFirst());
 *
 * ComparisonSpec grid = new ComparisonSpec("", List.of("mzas", "xavier"), List.of(10, 100),
 *     List.of(1L, 2L, 3L), OptionalInt.empty(), base, false, false);
 * new Comparison(home, List.of(), ComparisonProgress.SILENT, () -> false)
 *     .run(Path.of("runs"), grid, RateSource.fixed(0.1));
 * }</pre>
 */
package org.fathom4j.compare;

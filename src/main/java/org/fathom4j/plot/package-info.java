/**
 * Records in, pictures out.
 *
 * <p>A picture is a function of the CSV files of a run and can be drawn again at any time: {@link
 * org.fathom4j.plot.LearningCurve} from {@code metrics.csv}, {@link
 * org.fathom4j.plot.DepthProfilePlot} from {@code depth_profile.csv}, {@link
 * org.fathom4j.plot.ComparisonPlot} from those of many runs and of the search for their learning
 * rates. {@link org.fathom4j.plot.TheoryPlot} draws what linear networks are predicted and measured
 * to do. Colours keep apart for colour-blind readers, what a logarithmic axis cannot show (zero,
 * infinity, NaN) gets a marker of its own, and nothing needs a display.
 *
 * <pre>{@code
 * RunDirectory run = RunDirectory.open("20250304-050607-mzas", Path.of("runs"));
 * Optional<Path> curve = LearningCurve.draw(run);
 * Optional<Path> profile = DepthProfilePlot.draw(run);
 * LearningCurve.compare(List.of(run, other), Path.of("both.png"));
 * }</pre>
 */
package org.fathom4j.plot;

/**
 * The Deeplearning4j network held against the oracle.
 *
 * <p>{@link org.fathom4j.laboratory.FrameworkDescent} is a stack of linear residual blocks, trained
 * by Deeplearning4j on X = I; {@link org.fathom4j.laboratory.SideBySide} descends with it, with
 * full matrices and with exact reductions from the same numbers, and says how far they part; {@link
 * org.fathom4j.laboratory.ConfirmedScaling} has full matrices count again what the reduction
 * counted; {@link org.fathom4j.laboratory.Figures} draws what the papers draw, prediction and
 * measurement in one picture, {@link org.fathom4j.laboratory.ConstructionFigures} and {@link
 * org.fathom4j.laboratory.LandscapeFigure} what is built and where training rests.
 *
 * <pre>{@code
 * SideBySide result = SideBySide.run(
 *     Initialization.zas(), Target.parse("minus-identity:2"), 100,
 *     DescentSpec.withRate(0.008, 300).at(0, 10, 100));
 * result.largestDifference();
 * }</pre>
 */
package org.fathom4j.laboratory;

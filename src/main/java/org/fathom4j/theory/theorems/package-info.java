/**
 * Theorems that run: hypotheses checked, bound computed, the same quantity measured, a verdict.
 *
 * <p>{@link org.fathom4j.theory.theorems.Theorems} has them all; a {@link
 * org.fathom4j.theory.theorems.Theorem} makes a {@link org.fathom4j.theory.theorems.Card} of a
 * {@link org.fathom4j.theory.theorems.Setting}. They are written by what they start from:
 * zero-asymmetric, identity, any start of the flow, factors near the identity.
 *
 * <pre>{@code
 * Theorem theorem = Theorems.named("zas-flow");
 * theorem.certify(theorem.setting()).verdict();    // HOLDS
 * }</pre>
 */
package org.fathom4j.theory.theorems;

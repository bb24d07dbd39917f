/**
 * Words for whoever mistyped one.
 *
 * <p>{@link org.fathom4j.text.Spelling} finds the known name that was probably meant; every
 * catalogue (initializers, data sets, options) refuses unknown names in its words.
 *
 * <pre>{@code
 * throw new IllegalArgumentException(
 *     Spelling.unknown("data set", "fashion-mnits", List.of("fashion-mnist", "fake")));
 * // There is no data set 'fashion-mnits'. Did you mean 'fashion-mnist'? Known: fashion-mnist, fake.
 * }</pre>
 */
package org.fathom4j.text;

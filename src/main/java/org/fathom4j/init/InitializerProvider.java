package org.fathom4j.init;

import java.util.List;

/**
 * Adds initializers to the catalogue: name an implementation, with a public no-argument
 * constructor, in {@code META-INF/services/org.fathom4j.init.InitializerProvider}.
 */
public interface InitializerProvider {

  /** Rows to add; names and aliases must not be taken. */
  List<Initializer> initializers();
}

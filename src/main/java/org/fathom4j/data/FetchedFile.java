package org.fathom4j.data;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file of a data set that is in its place and right.
 *
 * @param file where it is
 * @param bytes its compressed size
 * @param mirror where it came from; empty when it was there already
 */
public record FetchedFile(Path file, long bytes, Optional<URI> mirror) {}

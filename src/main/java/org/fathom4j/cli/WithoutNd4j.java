package org.fathom4j.cli;

/**
 * A command that touches ND4J nowhere, or only where it can run: no backend keeps it from running.
 */
interface WithoutNd4j {}

package org.fathom4j.kernel;

/**
 * Which kernel computes a stack, and why that one.
 *
 * @param name the kernel
 * @param reason one sentence for logs and run records
 */
public record KernelChoice(KernelName name, String reason) {}

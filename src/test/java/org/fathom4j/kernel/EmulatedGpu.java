package org.fathom4j.kernel;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that see one GPU, which {@link CudaEmulation} makes of the processor. They run in a JVM of
 * their own: surefire's execution {@code cuda-emulation}, or {@code mvn test -Dtest=…}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("cuda-emulation")
@ExtendWith(CudaEmulation.class)
public @interface EmulatedGpu {}

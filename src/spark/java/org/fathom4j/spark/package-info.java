/**
 * Comparisons on Apache Spark; built by {@code mvn -Pspark} only.
 *
 * <p>{@link org.fathom4j.spark.SparkPoolProvider} is found by {@link
 * org.fathom4j.compare.WorkerPoolProvider#find}; each task of a comparison is one job of one Spark
 * task, which runs the ordinary trainer.
 *
 * <pre>{@code
 * ./fathom compare --master local[2] --init mzas,xavier --depth 10,100 --seeds 1,2,3
 * ./fathom compare --master spark://host:7077 --threads 2 --init mzas,xavier --depth 10,100
 * }</pre>
 */
package org.fathom4j.spark;

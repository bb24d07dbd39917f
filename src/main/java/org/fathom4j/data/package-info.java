/**
 * From IDX bytes to Deeplearning4j minibatches.
 *
 * <p>{@link org.fathom4j.data.Datasets} is the catalogue; {@link org.fathom4j.data.IdxFile} reads
 * and writes one file and trusts nothing; {@link org.fathom4j.data.LabeledImages} is one split in
 * memory; {@link org.fathom4j.data.IdxRecordReader} hands it to DataVec; {@link
 * org.fathom4j.data.Preprocessing} says what the network sees of a pixel; {@link
 * org.fathom4j.data.Minibatches} is what a trainer loops over, the same batches for the same seed
 * and epoch; {@link org.fathom4j.data.DataFetch} downloads a full data set.
 *
 * <p>A mistake of the caller (an unknown name, more samples than there are) is an {@link
 * IllegalArgumentException}; files that are missing, damaged or not what they claim are a {@link
 * org.fathom4j.data.DataException}.
 *
 * <pre>{@code
 * Dataset data = Datasets.load(DatasetRequest.of("fashion-mnist-1k"));
 * DataSetPreProcessor input = Preprocessing.STANDARD.fit(data.train());
 * Minibatches batches = Minibatches.shuffled(data.train(), 128, input, DataType.FLOAT, 1);
 * batches.startEpoch(0);
 * while (batches.hasNext()) network.fit(batches.next());
 * }</pre>
 */
package org.fathom4j.data;

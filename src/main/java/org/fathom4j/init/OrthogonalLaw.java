package org.fathom4j.init;

import java.util.random.RandomGenerator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.QRDecomposition;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A random (semi-)orthogonal matrix times a gain, uniform in the sense of Haar.
 *
 * <pre>
 *   WᵀW = g² I  if nOut ≥ nIn        WWᵀ = g² I  if nOut ≤ nIn
 * </pre>
 *
 * <p>Q of the QR decomposition of a normal matrix, its columns multiplied by the signs of R's
 * diagonal: without them the distribution is not Haar's. Cost: 4 max(nIn, nOut) min(nIn, nOut)²
 * flop, roughly.
 *
 * @param gain g, every non-zero singular value
 * @see <a href="https://arxiv.org/abs/1312.6120">Saxe, McClelland &amp; Ganguli 2014, Exact
 *     solutions to the nonlinear dynamics of learning in deep linear neural networks</a>
 * @see <a href="https://arxiv.org/abs/math-ph/0609050">Mezzadri 2007, How to generate random
 *     matrices from the classical compact groups, section 5</a>
 */
public record OrthogonalLaw(@JsonProperty("gain") double gain) implements WeightLaw {

  @JsonCreator
  public OrthogonalLaw {
    Numbers.requirePositive("gain", gain);
  }

  @Override
  public void fill(int nIn, int nOut, RandomGenerator random, double[] weights) {
    StoredMatrix.entries(nIn, nOut, weights);
    int tall = Math.max(nIn, nOut);
    int slim = Math.min(nIn, nOut);
    DMatrixRMaj gaussian = new DMatrixRMaj(tall, slim);
    for (int i = 0; i < tall * slim; i++) {
      gaussian.data[i] = random.nextGaussian();
    }
    QRDecomposition<DMatrixRMaj> decomposition = DecompositionFactory_DDRM.qr(tall, slim);
    if (!decomposition.decompose(gaussian)) {
      throw new IllegalStateException(
          String.format("The QR decomposition of a normal matrix [%d, %d] failed.", tall, slim));
    }
    DMatrixRMaj q = decomposition.getQ(null, true);
    DMatrixRMaj r = decomposition.getR(null, true);
    for (int column = 0; column < slim; column++) {
      double signedGain = Math.copySign(gain, r.get(column, column));
      for (int row = 0; row < tall; row++) {
        int stored = nIn == tall ? row * nOut + column : column * nOut + row;
        weights[stored] = signedGain * q.get(row, column);
      }
    }
  }

  /** g² min(nIn, nOut)/(nIn nOut) = g²/max(nIn, nOut). */
  @Override
  public double meanSquare(int nIn, int nOut) {
    StoredMatrix.requireSizes(nIn, nOut);
    return gain * gain / Math.max(nIn, nOut);
  }

  @Override
  public String formula() {
    return gain == 1 ? "orthogonal" : "orthogonal, gain " + Numbers.text(gain);
  }
}

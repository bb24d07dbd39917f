package org.fathom4j.bench.gpu;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BranchForm;

/**
 * The stacks on which a GPU is held against the reference: sizes at which an exchanged index, a
 * forgotten remainder or a tile's edge shows, on both sides of every size at which a kernel may
 * change its way.
 */
final class ParityCases {

  /** L, D, M, N with no two equal, or all of them 1. */
  private static final int[][] AWKWARD = {
    {3, 7, 5, 4},
    {2, 4, 11, 9},
    {1, 1, 1, 1},
    {6, 17, 2, 33},
    {4, 3, 8, 1},
    {2, 5, 1, 3},
    {3, 1, 4, 2},
    {2, 9, 5, 451},
    {1, 5, 10, 451}
  };

  /** Widths around those that fill warps, tiles and thread blocks. */
  private static final int[] WIDTHS = {8, 16, 32, 33, 64, 65, 128, 129, 200};

  private static final int[] EXAMPLES = {1, 7, 8, 9, 100, 1000};

  /** D, M: a few of each family, among them those of the recipes. */
  private static final int[][] FAMILIES = {
    {8, 8}, {16, 32}, {33, 65}, {64, 8}, {64, 64}, {128, 4}, {129, 16}, {200, 129}
  };

  /** L, D, M, N of stacks so deep that errors could pile up. */
  private static final int[][] DEEP = {
    {300, 8, 8, 7}, {300, 16, 32, 9}, {300, 64, 8, 100}, {300, 128, 4, 100}, {300, 33, 65, 8}
  };

  private ParityCases() {}

  /** Every kind, form and activation at the awkward sizes; every family of widths; deep stacks. */
  static List<ParityCase> all() {
    Set<ParityCase> cases = new LinkedHashSet<>();
    for (int[] size : AWKWARD) {
      for (BranchForm form : BranchForm.values()) {
        for (Activation activation : Activation.values()) {
          cases.add(nonlinear(form, size, activation));
        }
        if (!form.isBiased()) {
          cases.add(ParityCase.linear(form, size[0], size[1], size[3]));
        }
      }
    }
    for (int width : WIDTHS) {
      for (int hiddenWidth : WIDTHS) {
        cases.add(
            ParityCase.nonlinear(BranchForm.PLAIN, 2, width, hiddenWidth, Activation.RELU, 9));
      }
      for (int examples : EXAMPLES) {
        cases.add(ParityCase.linear(BranchForm.PLAIN, 2, width, examples));
      }
    }
    for (int[] family : FAMILIES) {
      for (int examples : EXAMPLES) {
        for (int depth : new int[] {1, 2}) {
          for (BranchForm form : List.of(BranchForm.PLAIN, BranchForm.SCALED_AND_BIASED)) {
            Activation activation = form == BranchForm.PLAIN ? Activation.RELU : Activation.TANH;
            cases.add(
                ParityCase.nonlinear(form, depth, family[0], family[1], activation, examples));
          }
        }
      }
    }
    for (int[] size : DEEP) {
      cases.add(nonlinear(BranchForm.PLAIN, size, Activation.RELU));
      cases.add(nonlinear(BranchForm.SCALED_AND_BIASED, size, Activation.TANH));
      cases.add(ParityCase.linear(BranchForm.SCALED, size[0], size[1], size[3]));
    }
    int[] wide = {300, 64, 64, 33};
    cases.add(nonlinear(BranchForm.PLAIN, wide, Activation.RELU));
    int[] widest = {300, 200, 129, 7};
    cases.add(nonlinear(BranchForm.PLAIN, widest, Activation.TANH));
    return List.copyOf(cases);
  }

  /** A few small ones of every sort, for a run under a memory checker. */
  static List<ParityCase> quick() {
    List<ParityCase> cases = new ArrayList<>();
    int turn = 0;
    for (int[] size : AWKWARD) {
      if (size[3] > EXAMPLES[4]) {
        continue;
      }
      for (BranchForm form : BranchForm.values()) {
        Activation[] activations = Activation.values();
        cases.add(nonlinear(form, size, activations[turn++ % activations.length]));
      }
      cases.add(ParityCase.linear(BranchForm.SCALED, size[0], size[1], size[3]));
    }
    for (int[] family : FAMILIES) {
      cases.add(
          ParityCase.nonlinear(BranchForm.PLAIN, 2, family[0], family[1], Activation.RELU, 9));
      cases.add(ParityCase.linear(BranchForm.PLAIN, 2, family[0], 9));
    }
    return List.copyOf(cases);
  }

  private static ParityCase nonlinear(BranchForm form, int[] size, Activation activation) {
    return ParityCase.nonlinear(form, size[0], size[1], size[2], activation, size[3]);
  }
}

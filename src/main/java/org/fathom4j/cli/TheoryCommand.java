package org.fathom4j.cli;

import picocli.CommandLine.Command;

/** {@code fathom theory}: linear networks, where what training does is known exactly. */
@Command(
    name = "theory",
    description = {
      "The linear laboratory: networks W_L ... W_1 with R = ½‖W_L ... W_1 − Φ‖², in double precision;"
          + " what the theorems say, what gradient descent does."
    },
    subcommands = {
      GradientDescentCommand.class,
      FlowCommand.class,
      CountCommand.class,
      DepthScalingCommand.class,
      SaddleCommand.class,
      EscapeCommand.class,
      StepProjectCommand.class,
      PowerProjectionCommand.class,
      FactorCommand.class,
      MemorizeCommand.class,
      LandscapeCommand.class,
      SharpnessCommand.class,
      ShamirCommand.class,
      CertifyCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: fathom theory gradient-descent --init zas --depth 1000"})
final class TheoryCommand {

  private TheoryCommand() {}
}

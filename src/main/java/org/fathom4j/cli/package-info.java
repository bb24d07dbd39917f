/**
 * Words to calls: the command line of {@code ./fathom}, and nothing that another room could do.
 *
 * <p>{@link org.fathom4j.cli.Main} is the program, with one class a command; {@link
 * org.fathom4j.cli.ExitCode} is what it says to the shell. Results go to stdout, talk to stderr;
 * what is thrown becomes words and an exit code in one place, {@code Failures}. Nobody uses this
 * room, and nobody else prints or ends the process.
 *
 * <pre>{@code
 * ./fathom train --depth 1000 --learning-rate 0.02
 * Main.main(new String[] {"train", "--depth", "1000", "--learning-rate", "0.02"});   // the same
 * }</pre>
 */
package org.fathom4j.cli;

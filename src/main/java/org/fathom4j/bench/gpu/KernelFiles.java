package org.fathom4j.bench.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.fathom4j.kernel.StackKernel;

/** The compiled kernels, {@code *.ptx}, that lie beside the classes of the kernel room. */
final class KernelFiles {

  private static final String SUFFIX = ".ptx";

  private KernelFiles() {}

  /** SHA-256 of each by its name, in the order of names; of the program that runs now. */
  static Map<String, String> hashes() throws IOException {
    CodeSource source = StackKernel.class.getProtectionDomain().getCodeSource();
    if (source == null) {
      return Map.of();
    }
    try {
      return hashes(Path.of(source.getLocation().toURI()));
    } catch (URISyntaxException e) {
      throw new IOException("The program lies at no file: " + source.getLocation() + ".", e);
    }
  }

  /** The same in a directory of classes or a jar. */
  static Map<String, String> hashes(Path program) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    if (Files.isDirectory(program)) {
      try (Stream<Path> files = Files.walk(program)) {
        for (Path file : files.filter(name -> name.toString().endsWith(SUFFIX)).toList()) {
          hashes.put(file.getFileName().toString(), sha256(Files.readAllBytes(file)));
        }
      }
    } else {
      try (JarFile jar = new JarFile(program.toFile())) {
        for (JarEntry entry :
            jar.stream().filter(name -> name.getName().endsWith(SUFFIX)).toList()) {
          String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
          try (InputStream in = jar.getInputStream(entry)) {
            hashes.put(name, sha256(in.readAllBytes()));
          }
        }
      }
    }
    return hashes;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }
}

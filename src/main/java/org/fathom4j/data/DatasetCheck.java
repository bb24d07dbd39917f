package org.fathom4j.data;

import java.nio.file.Path;
import java.util.List;

/**
 * A data set on disk held against the hashes of its files.
 *
 * @param dataset its name in the catalogue
 * @param directory where the files lie
 * @param files one check a file
 */
public record DatasetCheck(String dataset, Path directory, List<FileCheck> files) {

  public DatasetCheck {
    files = List.copyOf(files);
  }

  /** Is every file there and right? */
  public boolean holds() {
    return files.stream().allMatch(f -> f.status() == FileCheck.Status.OK);
  }
}

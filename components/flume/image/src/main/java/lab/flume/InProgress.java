package lab.flume;

import org.apache.hadoop.fs.Path;

/** Names of files that are being written: readers of Hadoop pass over all that begin with an underscore. */
final class InProgress {
  private static final String PREFIX = "_";
  private static final String SUFFIX = ".tmp";

  private InProgress() {}

  /** Where a file is written that readers will see as {@code visible}. */
  static Path of(Path visible) {
    return new Path(visible.getParent(), PREFIX + visible.getName() + SUFFIX);
  }

  /** What {@link #of} was made of. */
  static Path visible(Path inProgress) {
    String name = inProgress.getName();
    return new Path(inProgress.getParent(), name.substring(PREFIX.length(), name.length() - SUFFIX.length()));
  }

  /** Pattern of the files in progress below the directories of {@code directory} whose visible names begin with {@code prefix}. */
  static Path pattern(Path directory, String prefix) {
    return new Path(directory, "*/" + PREFIX + prefix + "*" + SUFFIX);
  }
}

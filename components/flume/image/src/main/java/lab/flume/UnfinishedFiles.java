package lab.flume;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes what was left in progress: files of earlier runs of this agent, which was killed, and files that this run could not
 * close. What was committed is in them, and the channel has forgotten it; while their names say "in progress" no reader
 * sees it. Works in a thread of its own, so that old files hold up no new events, and until all of them are settled.
 */
final class UnfinishedFiles {
  private static final Logger LOG = LoggerFactory.getLogger(UnfinishedFiles.class);
  private static final long RETRY_MS = 2_000;
  /** A recovery of a lease that is asked for again begins anew, so it is given time. */
  private static final long LEASE_RECOVERY_MS = 60_000;
  private static final int CHUNK = 64 * 1024;

  private final String inUsePrefix;
  private final String inUseSuffix;
  private final BlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
  private Thread thread;

  /** Something to be done, again and again until it is. */
  private abstract static class Task {
    /** What it waits for, as last said in the log. */
    private String obstacle = "";

    abstract boolean done() throws IOException;
  }

  UnfinishedFiles(String inUsePrefix, String inUseSuffix) {
    this.inUsePrefix = inUsePrefix;
    this.inUseSuffix = inUseSuffix;
  }

  /** Takes over a file, by the name it had while it was written. Nothing happens to it before {@link #start}. */
  void add(Path path) {
    tasks.add(new Settling(path));
  }

  /** Takes over the files below {@code directory/*} whose names begin with {@code prefix}, less those of {@code thisRun}. */
  void addEarlier(Path directory, String prefix, String thisRun) {
    Path pattern = new Path(directory, "*/" + inUsePrefix + prefix + "*" + inUseSuffix);
    tasks.add(new Task() {
      @Override
      boolean done() throws IOException {
        FileStatus[] found = fileSystem(directory).globStatus(pattern);
        for (FileStatus file : found == null ? new FileStatus[0] : found) {
          if (!file.getPath().getName().startsWith(inUsePrefix + thisRun)) add(file.getPath());
        }
        return true;
      }

      @Override
      public String toString() {
        return "the search for " + pattern;
      }
    });
  }

  void start() {
    thread = new Thread(this::work, "unfinished-files");
    thread.setDaemon(true);
    thread.start();
  }

  /** Leaves the rest to the next run. */
  void stop() {
    if (thread != null) thread.interrupt();
  }

  private void work() {
    try {
      List<Task> later = new ArrayList<>();
      while (true) {
        Task next = later.isEmpty() ? tasks.take() : tasks.poll();
        if (next == null) {
          TimeUnit.MILLISECONDS.sleep(RETRY_MS);
          tasks.addAll(later);
          later.clear();
        } else if (!settled(next)) {
          later.add(next);
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean settled(Task task) {
    try {
      return task.done();
    } catch (IOException | RuntimeException failure) {
      String obstacle = String.valueOf(failure);
      if (!obstacle.equals(task.obstacle)) LOG.info("{} has to wait: {}", task, obstacle);
      task.obstacle = obstacle;
      return false;
    }
  }

  /** Name under which readers see a file. */
  Path visible(Path path) {
    String name = path.getName();
    if (!name.startsWith(inUsePrefix) || !name.endsWith(inUseSuffix)) return path;
    return new Path(path.getParent(), name.substring(inUsePrefix.length(), name.length() - inUseSuffix.length()));
  }

  private static FileSystem fileSystem(Path path) throws IOException {
    Configuration configuration = new Configuration();
    configuration.setBoolean("fs.automatic.close", false);
    return path.getFileSystem(configuration);
  }

  /** One file on its way: its lease is taken back, a line that was cut off is cut away, and readers get to see the rest. */
  private final class Settling extends Task {
    private final Path path;
    private long leaseAskedMs = Long.MIN_VALUE;

    private Settling(Path path) {
      this.path = path;
    }

    @Override
    boolean done() throws IOException {
      FileSystem fs = fileSystem(path);
      Path visible = visible(path);
      Path actual = fs.exists(path) ? path : visible; // the sink renames a file that it failed to close as well
      if (!fs.exists(actual)) return true;
      if (!closed(fs, actual)) return false;
      long length = fs.getFileStatus(actual).getLen();
      long whole = endOfLastLine(fs, actual, length);
      if (whole == 0) {
        LOG.info("{} holds no event and goes", actual);
        return fs.delete(actual, false);
      }
      if (whole < length && !fs.truncate(actual, whole)) {
        leaseAskedMs = System.nanoTime() / 1_000_000; // HDFS is at it: asking for the lease would begin it anew
        return false;
      }
      if (!actual.equals(visible)) {
        if (fs.exists(visible)) throw new IOException(visible + " is taken");
        if (!fs.rename(actual, visible)) return false;
      }
      LOG.info("{} is finished: {} bytes, {} cut away", visible, whole, length - whole);
      return true;
    }

    private boolean closed(FileSystem fs, Path file) throws IOException {
      if (!(fs instanceof DistributedFileSystem)) return true;
      DistributedFileSystem hdfs = (DistributedFileSystem) fs;
      if (hdfs.isFileClosed(file)) return true;
      long nowMs = System.nanoTime() / 1_000_000;
      if (leaseAskedMs != Long.MIN_VALUE && nowMs - leaseAskedMs < LEASE_RECOVERY_MS) return false;
      leaseAskedMs = nowMs;
      return hdfs.recoverLease(file);
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }

  /** Bytes up to and with the last line break. What follows was never committed: a commit ends with a whole line. */
  static long endOfLastLine(FileSystem fs, Path file, long length) throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (FSDataInputStream in = fs.open(file)) {
      for (long end = length; end > 0; ) {
        int size = (int) Math.min(CHUNK, end);
        in.readFully(end - size, chunk, 0, size);
        for (int at = size - 1; at >= 0; at--) {
          if (chunk[at] == '\n') return end - size + at + 1;
        }
        end -= size;
      }
    }
    return 0;
  }
}

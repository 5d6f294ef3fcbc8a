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
  /** The recovery of a lease is given time: HDFS has DataNodes agree on the length of the last block. */
  private static final long LEASE_RECOVERY_MS = 30_000;
  private static final int CHUNK = 64 * 1024;

  private final BlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
  private Thread thread;

  /** Something to be done, again and again until it is. */
  private abstract static class Task {
    /** What it waits for, as last said in the log. */
    private String obstacle = "";

    abstract boolean done() throws IOException;
  }

  /** Takes over a file in progress. Nothing happens to it before {@link #start}. */
  void add(Path path) {
    tasks.add(new Settling(path));
  }

  /** Takes over the files in progress below {@code directory/*} that begin with {@code prefix}, less those of {@code thisRun}. */
  void addEarlier(Path directory, String prefix, String thisRun) {
    Path pattern = InProgress.pattern(directory, prefix);
    tasks.add(new Task() {
      @Override
      boolean done() throws IOException {
        FileStatus[] found = fileSystem(directory).globStatus(pattern);
        for (FileStatus file : found == null ? new FileStatus[0] : found) {
          if (!InProgress.visible(file.getPath()).getName().startsWith(thisRun)) add(file.getPath());
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
      if (!fs.exists(path)) return true;
      if (!closed(fs)) return false;
      long length = fs.getFileStatus(path).getLen();
      long whole = endOfLastLine(fs, path, length);
      if (whole == 0) {
        LOG.info("{} holds no event and goes", path);
        return fs.delete(path, false);
      }
      if (whole < length && !fs.truncate(path, whole)) {
        leaseAskedMs = nowMs(); // HDFS is at it: asking for the lease would begin it anew
        return false;
      }
      Path visible = InProgress.visible(path);
      if (fs.exists(visible)) throw new IOException(visible + " is taken");
      if (!fs.rename(path, visible)) return false;
      LOG.info("{} is finished: {} bytes, {} cut away", visible, whole, length - whole);
      return true;
    }

    private boolean closed(FileSystem fs) throws IOException {
      if (!(fs instanceof DistributedFileSystem hdfs) || hdfs.isFileClosed(path)) return true;
      if (leaseAskedMs != Long.MIN_VALUE && nowMs() - leaseAskedMs < LEASE_RECOVERY_MS) return false;
      leaseAskedMs = nowMs();
      return hdfs.recoverLease(path);
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }

  private static long nowMs() {
    return System.nanoTime() / 1_000_000;
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

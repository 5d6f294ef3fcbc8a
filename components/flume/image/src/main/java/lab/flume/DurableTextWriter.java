package lab.flume;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.function.Consumer;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.sink.hdfs.HDFSWriter;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.SequenceFile.CompressionType;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes events as lines of one file at a time, and never lets Flume believe that a line is safe that is not.
 *
 * <p>Flume's own writer loses events: when a file is rolled in the middle of a transaction, a failure to flush it is only
 * logged, the transaction goes on in the next file and is committed (FLUME-3392). This one remembers such a failure and reports
 * it at the transaction's next call, which takes the transaction back, so that its events come again.
 *
 * <p>A file has its visible name from when it is closed and whole, and not before: Flume would rename one that it failed to
 * close as well, and a reader cannot read it while HDFS does not know its length. A file that cannot be closed or renamed goes
 * to {@code unfinished}. So {@code close} never fails; Flume would try it again when the writer has long had another file open.
 */
final class DurableTextWriter implements HDFSWriter {
  private static final Logger LOG = LoggerFactory.getLogger(DurableTextWriter.class);

  /** What is asked of the file system; exchanged by tests. */
  interface Files {
    FSDataOutputStream create(Path path) throws IOException;

    /** Whether the file has its new name. */
    boolean rename(Path from, Path to) throws IOException;
  }

  private final Files files;
  private final Stored stored;
  private final Consumer<Path> unfinished;

  /** The file being written, in progress. */
  private Path path;
  private FSDataOutputStream out;
  /** Whether there is no line in it yet. */
  private boolean empty;
  /** Whether the stream has failed: it will not work again, so the file must be closed. */
  private boolean broken;
  /** Events written since the last time all were safe, and the newest time at which one of them was received. */
  private long unsafe;
  private long newestMs;
  /** Why events of the running transaction are not in the file that was closed before this one. */
  private IOException lost;

  DurableTextWriter(Files files, Stored stored, Consumer<Path> unfinished) {
    this.files = files;
    this.stored = stored;
    this.unfinished = unfinished;
  }

  /** A writer to the file system that a path names. */
  static Files hadoop() {
    Configuration configuration = new Configuration();
    configuration.setBoolean("fs.automatic.close", false); // the sink closes its files when the agent stops
    return new Files() {
      @Override
      public FSDataOutputStream create(Path path) throws IOException {
        return path.getFileSystem(configuration).create(path, false);
      }

      @Override
      public boolean rename(Path from, Path to) throws IOException {
        return from.getFileSystem(configuration).rename(from, to);
      }
    };
  }

  @Override
  public void configure(Context context) {}

  @Override
  public synchronized void open(String name) throws IOException {
    refuseWhenCancelled();
    close(); // of a call that took longer than Flume waited for it
    reportLost();
    path = InProgress.of(new Path(name));
    try {
      out = files.create(path);
    } catch (IOException | RuntimeException failure) {
      unfinished.accept(path); // the NameNode may have made it nevertheless
      throw failure;
    }
    broken = false;
    empty = true;
    unsafe = 0;
  }

  @Override
  public void open(String name, CompressionCodec codec, CompressionType type) throws IOException {
    throw new IOException("files are text, and never compressed: " + name);
  }

  @Override
  public synchronized void append(Event event) throws IOException {
    refuseWhenCancelled();
    if (out == null || broken) throw new IOException("cannot be written: " + path);
    empty = false;
    unsafe++;
    newestMs = Math.max(newestMs, receivedMs(event));
    out.write(event.getBody());
    out.write('\n');
  }

  @Override
  public synchronized void sync() throws IOException {
    refuseWhenCancelled();
    reportLost();
    if (out == null) return; // closed, and whole
    try {
      out.hsync(); // on the disks of the DataNodes, not only in their memory
    } catch (IOException | RuntimeException failure) {
      broken = true;
      throw failure;
    }
    safe();
  }

  @Override
  public synchronized void close() {
    if (out == null) return;
    FSDataOutputStream closing = out;
    out = null;
    try {
      closing.hsync();
      closing.close();
      safe();
      if (empty || !files.rename(path, InProgress.visible(path))) unfinished.accept(path);
    } catch (IOException | RuntimeException failure) {
      LOG.warn("{} could not be finished, {} of its events come again", path, unsafe, failure);
      if (unsafe > 0) lost = new IOException(unsafe + " events did not reach " + path, failure);
      unfinished.accept(path);
    }
  }

  /** Flume would roll a file for each failed DataNode. What is written survives with the copies left, and HDFS makes others. */
  @Override
  public boolean isUnderReplicated() {
    return false;
  }

  private void safe() {
    stored.add(unsafe, newestMs);
    unsafe = 0;
  }

  private void reportLost() throws IOException {
    IOException failure = lost;
    lost = null;
    if (failure != null) throw failure;
  }

  /** Flume interrupts a call it no longer waits for; when it gets its turn late, it must not do anything. */
  private static void refuseWhenCancelled() throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) throw new InterruptedIOException("called off");
  }

  private static long receivedMs(Event event) {
    String received = event.getHeaders().get("timestamp");
    return received == null ? System.currentTimeMillis() : Long.parseLong(received);
  }
}

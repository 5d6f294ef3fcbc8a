package lab.flume;

import org.apache.flume.Context;
import org.apache.flume.conf.ConfigurationException;
import org.apache.flume.sink.hdfs.HDFSEventSink;
import org.apache.flume.sink.hdfs.HDFSWriter;
import org.apache.flume.sink.hdfs.HDFSWriterFactory;
import org.apache.hadoop.fs.Path;

/**
 * Flume's HDFS sink with a writer that loses nothing, and with an end to every file: see {@link DurableTextWriter} and
 * {@link UnfinishedFiles}. Besides the properties of Flume's sink it has
 *
 * <ul>
 *   <li>{@code directory}: what {@code hdfs.path} begins with, one level above the files
 *   <li>{@code host}: what the names of this host's files begin with, in all its runs; {@code hdfs.filePrefix} begins with it
 * </ul>
 */
public final class DurableHdfsSink extends HDFSEventSink {
  private final Files files;

  public DurableHdfsSink() {
    this(new Files());
  }

  private DurableHdfsSink(Files files) {
    super(files);
    this.files = files;
  }

  @Override
  public void configure(Context context) {
    // The writer chooses the names of files in progress; Flume is told the visible one and renames nothing.
    context.put("hdfs.inUsePrefix", "");
    context.put("hdfs.emptyInUseSuffix", "true");
    super.configure(context);
    String directory = required(context, "directory");
    String host = required(context, "host");
    String thisRun = required(context, "hdfs.filePrefix");
    if (!thisRun.startsWith(host)) throw new ConfigurationException("hdfs.filePrefix must begin with " + host);
    files.stored = Stored.below(directory);
    files.unfinished = new UnfinishedFiles();
    files.unfinished.addEarlier(new Path(directory), host, thisRun);
  }

  @Override
  public void start() {
    files.unfinished.start();
    super.start();
  }

  @Override
  public void stop() {
    super.stop();
    files.unfinished.stop();
  }

  private static String required(Context context, String key) {
    String value = context.getString(key);
    if (value == null) throw new ConfigurationException(key + " is required");
    return value;
  }

  /** Makes the writers of this sink. */
  private static final class Files extends HDFSWriterFactory {
    private Stored stored;
    private UnfinishedFiles unfinished;

    @Override
    public HDFSWriter getWriter(String fileType) {
      return new DurableTextWriter(DurableTextWriter.hadoop(), stored, unfinished::add);
    }
  }
}

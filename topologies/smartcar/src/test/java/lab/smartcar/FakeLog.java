package lab.smartcar;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A partition: index is offset, null is poison. */
final class FakeLog implements ReadingLog {
  final List<Reading> records = new ArrayList<>();
  long committed;
  int failAt = -1;
  long readFrom = -1;

  @Override
  public long committed(int partition) {
    return committed;
  }

  @Override
  public long oldest(int partition) {
    return 0;
  }

  @Override
  public long timeAt(int partition, long from, long to) {
    for (long at = from; at < to; at++) if (records.get((int) at) != null) return records.get((int) at).time();
    return -1;
  }

  @Override
  public void read(int partition, long from, long to, Each each) throws IOException {
    readFrom = from;
    for (long at = from; at < to; at++) {
      if (at == failAt) {
        failAt = -1;
        throw new IOException("away");
      }
      if (records.get((int) at) != null) each.accept(at, records.get((int) at));
    }
  }

  @Override
  public void release() {}
}

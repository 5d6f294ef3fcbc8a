package lab.hbase;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.hbase.client.ColumnFamilyDescriptor;
import org.apache.hadoop.hbase.client.TableDescriptor;
import org.apache.hadoop.hbase.util.Bytes;

/**
 * What turns a table that is there into the one that is declared. Nothing is ever dropped.
 *
 * @param added families that are missing
 * @param changed families that are to be set otherwise
 * @param undeclared names of families that are there and not declared: they stay as they are
 */
record TablePlan(List<ColumnFamilyDescriptor> added, List<ColumnFamilyDescriptor> changed, List<String> undeclared) {
  /** A declaration that the table's data does not allow. The message is one line. */
  static final class Refused extends RuntimeException {
    Refused(String message) {
      super(message);
    }
  }

  /**
   * Compares. HBase splits a region that grew, so a table may have more regions than declared; each declared border must be there.
   *
   * @param startKeys first row of each region
   */
  static TablePlan of(Declaration.Table declared, TableDescriptor existing, byte[][] startKeys) {
    for (byte[] border : declared.splitKeys()) {
      if (Arrays.stream(startKeys).noneMatch(key -> Arrays.equals(key, border))) {
        throw new Refused(
            String.format(
                "table %s is split at %s and declared to be split at %s: a table that is there keeps its split",
                declared.name(), borders(startKeys), borders(declared.splitKeys())));
      }
    }
    List<ColumnFamilyDescriptor> added = new ArrayList<>();
    List<ColumnFamilyDescriptor> changed = new ArrayList<>();
    for (Declaration.Family family : declared.families()) {
      ColumnFamilyDescriptor present = existing.getColumnFamily(Bytes.toBytes(family.name()));
      if (present == null) added.add(family.descriptor());
      else if (!family.over(present).equals(present)) changed.add(family.over(present));
    }
    List<String> names = declared.families().stream().map(Declaration.Family::name).toList();
    List<String> undeclared =
        Arrays.stream(existing.getColumnFamilies())
            .map(ColumnFamilyDescriptor::getNameAsString)
            .filter(name -> !names.contains(name))
            .toList();
    return new TablePlan(added, changed, undeclared);
  }

  private static String borders(byte[][] keys) {
    String text =
        Arrays.stream(keys)
            .filter(key -> key.length > 0)
            .map(Bytes::toStringBinary)
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? "no key" : text;
  }
}

package lab.hbase;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.hbase.HConstants;
import org.apache.hadoop.hbase.client.ColumnFamilyDescriptor;
import org.apache.hadoop.hbase.client.TableDescriptor;
import org.apache.hadoop.hbase.client.TableDescriptorBuilder;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hbase.thirdparty.com.google.gson.Gson;
import org.junit.jupiter.api.Test;

class TablePlanTest {
  private static final String CARS =
      """
      {"zookeeper": "zookeeper:2181", "waitSeconds": 600, "tables": [
        {"name": "DriverCarInfo", "families": [{"name": "cf1", "versions": 1}],
         "split": {"algorithm": "HexStringSplit", "regions": 2}}]}""";

  private static Declaration.Table cars() {
    return new Gson().fromJson(CARS, Declaration.class).tables().get(0);
  }

  private static Declaration.Family family(String name, int versions, int ttlSeconds, String compression) {
    return new Declaration.Family(name, versions, ttlSeconds, compression, null, null);
  }

  private static byte[][] keys(String... keys) {
    return Arrays.stream(keys).map(Bytes::toBytes).toArray(byte[][]::new);
  }

  private static TablePlan plan(Declaration.Table declared) {
    return TablePlan.of(declared, cars().descriptor(), keys("", "80000000"));
  }

  @Test
  void aTableIsDeclaredWithItsSplit() {
    assertEquals(List.of("80000000"), Arrays.stream(cars().splitKeys()).map(Bytes::toString).toList());
    ColumnFamilyDescriptor family = cars().descriptor().getColumnFamily(Bytes.toBytes("cf1"));
    assertEquals(1, family.getMaxVersions());
    assertEquals(HConstants.FOREVER, family.getTimeToLive());
  }

  @Test
  void aTableAsDeclaredIsLeftAlone() {
    assertEquals(new TablePlan(List.of(), List.of(), List.of()), plan(cars()));
  }

  @Test
  void aFamilyIsAddedAndAnotherOneChanged() {
    TablePlan plan =
        plan(new Declaration.Table("DriverCarInfo", List.of(family("cf1", 3, 60, "GZ"), family("cf2", 1, 0, null)), null));
    assertEquals(List.of("cf2"), plan.added().stream().map(ColumnFamilyDescriptor::getNameAsString).toList());
    ColumnFamilyDescriptor changed = plan.changed().get(0);
    assertEquals("cf1 3 60 GZ", String.format("%s %d %d %s", changed.getNameAsString(), changed.getMaxVersions(),
        changed.getTimeToLive(), changed.getCompressionType()));
  }

  @Test
  void whatNobodyDeclaresAnyMoreStays() {
    TablePlan plan = plan(new Declaration.Table("DriverCarInfo", List.of(family("other", 1, 0, null)), null));
    assertEquals(List.of("cf1"), plan.undeclared());
    assertTrue(plan.changed().isEmpty());
  }

  @Test
  void whatElseWasSetOnAFamilyIsKept() {
    TableDescriptor tuned =
        TableDescriptorBuilder.newBuilder(cars().tableName())
            .setColumnFamily(
                org.apache.hadoop.hbase.client.ColumnFamilyDescriptorBuilder.newBuilder(
                        cars().families().get(0).descriptor())
                    .setBlocksize(8192)
                    .build())
            .build();
    assertTrue(TablePlan.of(cars(), tuned, keys("", "80000000")).changed().isEmpty());
    Declaration.Table more = new Declaration.Table("DriverCarInfo", List.of(family("cf1", 5, 0, null)), null);
    assertEquals(8192, TablePlan.of(more, tuned, keys("")).changed().get(0).getBlocksize());
  }

  @Test
  void anotherSplitIsRefusedInOneLine() {
    Declaration.Table four =
        new Declaration.Table("DriverCarInfo", cars().families(), new Declaration.Split("HexStringSplit", 4));
    String message = assertThrows(TablePlan.Refused.class, () -> plan(four)).getMessage();
    assertEquals(
        "table DriverCarInfo is split at 80000000 and declared to be split at 40000000, 80000000, c0000000: "
            + "a table that is there keeps its split",
        message);
    String unsplit =
        assertThrows(TablePlan.Refused.class, () -> TablePlan.of(cars(), cars().descriptor(), keys(""))).getMessage();
    assertTrue(unsplit.startsWith("table DriverCarInfo is split at no key and declared"), unsplit);
  }

  @Test
  void aTableThatHBaseSplitFurtherIsAsDeclared() {
    TablePlan plan = TablePlan.of(cars(), cars().descriptor(), keys("", "3", "80000000", "9"));
    assertEquals(List.of(), plan.changed());
  }

  @Test
  void anUnknownAlgorithmIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Declaration.Split("NoSuchSplit", 2).keys());
  }
}

package lab.hbase;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.HConstants;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.ColumnFamilyDescriptor;
import org.apache.hadoop.hbase.client.ColumnFamilyDescriptorBuilder;
import org.apache.hadoop.hbase.client.TableDescriptor;
import org.apache.hadoop.hbase.client.TableDescriptorBuilder;
import org.apache.hadoop.hbase.io.compress.Compression;
import org.apache.hadoop.hbase.io.encoding.DataBlockEncoding;
import org.apache.hadoop.hbase.regionserver.BloomType;
import org.apache.hadoop.hbase.util.Bytes;
import org.apache.hadoop.hbase.util.RegionSplitter;

/**
 * What tables there should be, as the component has written and checked it.
 *
 * @param waitSeconds how long HBase may take to come up
 */
record Declaration(String zookeeper, int waitSeconds, List<Table> tables) {
  /** A table; its split is made with it and never changed. */
  record Table(String name, List<Family> families, Split split) {
    TableName tableName() {
      return TableName.valueOf(name);
    }

    TableDescriptor descriptor() {
      return TableDescriptorBuilder.newBuilder(tableName())
          .setColumnFamilies(families.stream().map(Family::descriptor).toList())
          .build();
    }

    /** Keys at which the table is split when it is made; none for one region. */
    byte[][] splitKeys() {
      return split == null ? new byte[0][] : split.keys();
    }
  }

  /** A column family; what is 0 or null is HBase's own default. */
  record Family(
      String name, int versions, int ttlSeconds, String compression, String dataBlockEncoding, String bloomFilter) {
    ColumnFamilyDescriptor descriptor() {
      return over(ColumnFamilyDescriptorBuilder.newBuilder(Bytes.toBytes(name)));
    }

    /** A family that is there, with what is declared put over it. */
    ColumnFamilyDescriptor over(ColumnFamilyDescriptor existing) {
      return over(ColumnFamilyDescriptorBuilder.newBuilder(existing));
    }

    private ColumnFamilyDescriptor over(ColumnFamilyDescriptorBuilder family) {
      return family
          .setMaxVersions(versions == 0 ? 1 : versions)
          .setTimeToLive(ttlSeconds == 0 ? HConstants.FOREVER : ttlSeconds)
          .setCompressionType(Compression.Algorithm.valueOf(orElse(compression, "NONE")))
          .setDataBlockEncoding(DataBlockEncoding.valueOf(orElse(dataBlockEncoding, "NONE")))
          .setBloomFilterType(BloomType.valueOf(orElse(bloomFilter, "ROW")))
          .build();
    }

    private static String orElse(String value, String otherwise) {
      return value == null ? otherwise : value;
    }
  }

  /** Keys as one of HBase's algorithms spreads them: HexStringSplit, UniformSplit or DecimalStringSplit. */
  record Split(String algorithm, int regions) {
    byte[][] keys() {
      if (regions < 2) return new byte[0][];
      try {
        return RegionSplitter.newSplitAlgoInstance(new Configuration(false), algorithm).split(regions);
      } catch (IOException e) {
        throw new IllegalArgumentException("no such way to split a table: " + algorithm, e);
      }
    }
  }
}

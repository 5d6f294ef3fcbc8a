package lab.hbase;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.TableExistsException;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.client.ColumnFamilyDescriptor;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hbase.thirdparty.com.google.gson.Gson;

/**
 * Makes the declared tables where they are missing, split from their beginning, and brings the families of others up to what is
 * declared. Running it again changes nothing. Java, for no other client of HBase can say where a new table is split.
 */
public final class Tables {
  private static final long PAUSE_MS = 2_000;

  private Tables() {}

  /** One argument: the file that declares the tables. Ends with 1 and one line when it cannot be done. */
  public static void main(String[] args) throws Exception {
    Declaration declaration = new Gson().fromJson(Files.readString(Path.of(args[0])), Declaration.class);
    Configuration configuration = HBaseConfiguration.create();
    configuration.set("hbase.zookeeper.quorum", declaration.zookeeper());
    // A Master that is not there yet is waited for below, where the wait is told.
    configuration.setInt("hbase.client.retries.number", 3);
    configuration.setInt("hbase.rpc.timeout", 20_000);
    configuration.setInt("hbase.client.operation.timeout", 60_000);
    try (Connection connection = ConnectionFactory.createConnection(configuration);
        Admin admin = connection.getAdmin()) {
      waitForMaster(admin, declaration.waitSeconds());
      for (Declaration.Table table : declaration.tables()) apply(admin, table);
    } catch (TablePlan.Refused refused) {
      say("refused: " + refused.getMessage());
      System.exit(1);
    } catch (IOException e) {
      say("failed: " + firstLine(e));
      System.exit(1);
    }
    System.exit(0); // a client leaves threads behind
  }

  private static void waitForMaster(Admin admin, int waitSeconds) throws IOException, InterruptedException {
    long end = System.nanoTime() + waitSeconds * 1_000_000_000L;
    while (true) {
      try {
        admin.listTableNames();
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) throw e;
        say("waiting for the Master: " + firstLine(e));
        Thread.sleep(PAUSE_MS);
      }
    }
  }

  private static void apply(Admin admin, Declaration.Table table) throws IOException {
    TableName name = table.tableName();
    if (!admin.tableExists(name)) {
      try {
        byte[][] keys = table.splitKeys();
        if (keys.length == 0) admin.createTable(table.descriptor());
        else admin.createTable(table.descriptor(), keys);
        say(String.format("table %s: made, with %d regions", table.name(), keys.length + 1));
        return;
      } catch (TableExistsException e) {
        say(String.format("table %s: somebody else has made it", table.name()));
      }
    }
    byte[][] startKeys =
        admin.getRegions(name).stream().map(region -> region.getStartKey()).toArray(byte[][]::new);
    TablePlan plan = TablePlan.of(table, admin.getDescriptor(name), startKeys);
    for (ColumnFamilyDescriptor family : plan.added()) {
      admin.addColumnFamily(name, family);
      say(String.format("table %s: family %s added", table.name(), family.getNameAsString()));
    }
    for (ColumnFamilyDescriptor family : plan.changed()) {
      admin.modifyColumnFamily(name, family);
      say(String.format("table %s: family %s is now %s", table.name(), family.getNameAsString(), family));
    }
    for (String family : plan.undeclared()) {
      say(String.format("table %s: family %s is not declared; it is left as it is", table.name(), family));
    }
    if (!admin.isTableEnabled(name)) {
      admin.enableTable(name);
      say(String.format("table %s: it was disabled; enabled", table.name()));
    }
    if (plan.added().isEmpty() && plan.changed().isEmpty()) say("table " + table.name() + ": as declared");
  }

  /** The first cause of a chain says most: those above count how often it was tried. */
  private static String firstLine(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null && cause.getCause() != cause) cause = cause.getCause();
    return (cause.getClass().getSimpleName() + ": " + cause.getMessage()).lines().findFirst().orElse("");
  }

  private static void say(String text) {
    System.out.println(text);
  }
}

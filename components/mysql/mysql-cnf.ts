/** Time zone of all DATETIME columns and of NOW(), whatever the node or the pod says. */
const TIME_ZONE = "+09:00";
/** Below this limit MySQL runs without what only large servers need. */
const SMALL_MIB = 1024;

/** Text of the server's option file, fitted into a memory limit. */
export function mysqlCnf(memoryMiB: number): string {
  const small = memoryMiB < SMALL_MIB;
  const lines: Record<string, string | number> = {
    default_time_zone: `'${TIME_ZONE}'`,
    character_set_server: "utf8mb4",
    collation_server: "utf8mb4_0900_as_cs", // names that differ in case are different rows
    secure_file_priv: "''",
    mysqlx: "OFF",
    skip_name_resolve: "ON",
    host_cache_size: 0, // no client is ever blocked because of the kubelet's probes, which connect and hang up

    // A committed row survives a crash of the server and of the machine.
    innodb_flush_log_at_trx_commit: 1,
    ...(small ? { skip_log_bin: "" } : { sync_binlog: 1, gtid_mode: "ON", enforce_gtid_consistency: "ON" }),

    innodb_buffer_pool_size: `${Math.floor(memoryMiB * (small ? 0.2 : 0.5))}M`,
    innodb_log_buffer_size: small ? "4M" : "16M",
    innodb_redo_log_capacity: small ? "32M" : "512M",
    max_connections: small ? 40 : 200,
    performance_schema: small ? "OFF" : "ON",
    table_open_cache: small ? 200 : 2000,
    table_definition_cache: small ? 400 : 2000,
    ...(small ? { temptable_max_ram: "16M" } : {}),
  };
  return `[mysqld]\n${Object.entries(lines)
    .map(([key, value]) => (value === "" ? key : `${key} = ${value}`))
    .join("\n")}\n`;
}

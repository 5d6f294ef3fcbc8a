#!/bin/sh
# ZooKeeper's command line, on the server of this pod unless -server names another.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
exec java -Xmx32m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=16m -Xss512k -XX:+PerfDisableSharedMem \
  -Dlogback.configurationFile="$home/config/tools-logback.xml" -cp "$home/lib/*" org.apache.zookeeper.ZooKeeperMain "$@"

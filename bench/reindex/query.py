"""A day's reindex in Spark, for the same rows: run twice, once to warm up, once measured. Writes JSON lines to local files."""

import json
import os
import shutil
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import broadcast, coalesce, col, expr, from_json, input_file_name, lit, to_timestamp
from pyspark.sql.types import LongType, StringType, StructField, StructType

options = json.loads(sys.argv[1])
spark = (
    SparkSession.builder.master("local[2]")
    .appName("bench")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "2g")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.session.timeZone", "Asia/Seoul")
    .config("spark.sql.ansi.enabled", "false")
    .config("spark.sql.shuffle.partitions", "4")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")

SCHEMA = (
    StructType()
    .add(StructField("id", LongType()))
    .add(StructField("hello", StringType()))
    .add(StructField("time", StringType()))
)
names = spark.createDataFrame([(row["uid"], row["name"]) for row in options["names"]], "uid long, user_name string")
depts = spark.createDataFrame([(row["did"], row["name"]) for row in options["depts"]], "did long, dept_name string")


def cpu_seconds():
    """CPU time of this process and its JVM."""
    total = 0
    for pid in [os.getpid(), *children(os.getpid())]:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="utf-8") as file:
            for child in file.read().split():
                found += [int(child), *children(int(child))]
    return found


def run(directories, output):
    shutil.rmtree(output, ignore_errors=True)
    lines = spark.read.text(directories).select(
        col("value").alias("line"), input_file_name().alias("file"), from_json("value", SCHEMA).alias("event")
    )
    pattern = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"
    valid = col("event.id").isNotNull() & coalesce(
        col("event.time").rlike(pattern) & to_timestamp("event.time", "yyyy-MM-dd HH:mm:ss").isNotNull(), lit(False)
    )
    lines.where(~valid & col("file").contains(f"dt={options['day']}/")).select("file", "line").write.json(
        os.path.join(output, "malformed")
    )
    events = (
        lines.where(valid & col("event.time").startswith(options["day"]))
        .select("event.*")
        .dropDuplicates(["id", "time"])
        .withColumn("user_id", expr("id % 10"))
        .withColumn("dept_id", expr("id % 5"))
    )
    joined = events.join(broadcast(names), events.user_id == names.uid, "left")
    joined = joined.join(broadcast(depts), events.dept_id == depts.did, "left")
    joined.select(
        "time",
        "user_id",
        coalesce("user_name", lit("Unknown Name")).alias("user_name"),
        coalesce("dept_name", lit("Unknown Dept")).alias("dept_name"),
        expr("case when id % 2 = 0 then '남성' else '여성' end as gender"),
        expr("id % 100 + 1 as age"),
        "hello",
        "id",
    ).write.json(os.path.join(output, "events"))


run(options["directories"], options["output"])
seconds, cpu = time.monotonic(), cpu_seconds()
run(options["directories"], options["output"])
print(json.dumps({"seconds": time.monotonic() - seconds, "cpuSeconds": cpu_seconds() - cpu}), flush=True)

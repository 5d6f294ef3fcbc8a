"""The sources' Spark query (notebook 1.pyspark-stream-stage), run twice with availableNow: once to warm up, once measured."""

import glob
import json
import os
import shutil
import sys
import tempfile
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, from_json
from pyspark.sql.types import LongType, StringType, StructField, StructType

options = json.loads(sys.argv[1])
spark = (
    SparkSession.builder.master("local[2]")
    .appName("bench")
    .config("spark.jars", ",".join(glob.glob(os.path.join(options["jars"], "*.jar"))))
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "2g")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")

SCHEMA = (
    StructType()
    .add(StructField("id", LongType()))
    .add(StructField("hello", StringType()))
    .add(StructField("time", StringType()))
)


def table(rows, schema):
    """A static table read from JSON files, as the notebook reads it."""
    directory = tempfile.mkdtemp()
    with open(os.path.join(directory, "rows.json"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return spark.read.schema(schema).json(directory)


names = table(options["names"], "uid long, name string").withColumnRenamed("name", "user_name")
depts = table(options["depts"], "did long, name string").withColumnRenamed("name", "dept_name")


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


def run(topic, output):
    events = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", options["brokers"])
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .load()
        .select(from_json(col("value").cast("string"), SCHEMA).alias("events"))
        .selectExpr(
            "events.id % 10 as user_id",
            "events.id % 5 as dept_id",
            "case when events.id % 2 = 0 then '남성' else '여성' end as gender",
            "(events.id % 100) + 1 as age",
            "events.*",
        )
    )
    joined = events.join(names, events.user_id == names.uid, "leftOuter")
    joined = joined.join(depts, joined.dept_id == depts.did, "leftOuter")
    stages = joined.select("time", "user_id", "user_name", "dept_name", "gender", "age", "hello", "id").na.fill(
        {"user_name": "Unknown Name", "dept_name": "Unknown Dept"}
    )
    checkpoint = tempfile.mkdtemp()
    query = (
        stages.selectExpr("cast(user_id as string) as key", "to_json(struct(*)) as value")
        .writeStream.format("kafka")
        .option("kafka.bootstrap.servers", options["brokers"])
        .option("topic", output)
        .option("checkpointLocation", checkpoint)
        .outputMode("append")
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    shutil.rmtree(checkpoint)


run(options["warmUp"], options["warmUpOutput"])
seconds, cpu = time.monotonic(), cpu_seconds()
run(options["input"], options["output"])
print(json.dumps({"seconds": time.monotonic() - seconds, "cpuSeconds": cpu_seconds() - cpu}), flush=True)

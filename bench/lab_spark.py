"""What the benchmarks' Spark programs have in common."""

import json
import os
import sys
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.types import LongType, StringType, StructField, StructType


def options():
    """The options that the benchmark gives its program."""
    return json.loads(sys.argv[1])


def session(given, settings=None):
    """Spark in this process, on as many cores as the benchmark says."""
    builder = (
        SparkSession.builder.master(f"local[{given['cores']}]")
        .appName("bench")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "Asia/Seoul")
    )
    jars = given.get("jars")
    if jars:
        # Not spark.jars: those come too late for JDBC's list of drivers.
        builder = builder.config("spark.driver.extraClassPath", os.path.join(jars, "*"))
    for key, value in (settings or {}).items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def schema(**types):
    """A schema of these columns, each `long` or `string`."""
    kinds = {"long": LongType(), "string": StringType()}
    return StructType([StructField(name, kinds[kind]) for name, kind in types.items()])


def static_table(spark, rows, columns):
    """A static table read from a file of JSON lines, as the notebook reads it."""
    directory = tempfile.mkdtemp()
    with open(os.path.join(directory, "rows.json"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return spark.read.schema(columns).json(directory)


def topic(spark, given, **more):
    """The input topic in two micro-batches of one size: the first is done cold, the second warm."""
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", given["brokers"])
        .option("kafka.isolation.level", "read_committed")
        .option("subscribe", given["input"])
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", given["perBatch"])
        .options(**more)
        .load()
    )


def to_the_end(given, writer):
    """Runs a streaming query until all that is in the topic is done."""
    writer.option("checkpointLocation", given["checkpoint"]).trigger(availableNow=True).start().awaitTermination()

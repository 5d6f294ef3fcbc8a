"""A day's reindex in Spark, for the same rows: run twice in one process. Writes JSON lines to local files."""

import os

from pyspark.sql.functions import broadcast, coalesce, col, expr, from_json, input_file_name, lit, to_timestamp

from lab_spark import options, schema, session

given = options()
spark = session(given, {"spark.sql.ansi.enabled": "false", "spark.sql.shuffle.partitions": "4"})

EVENT = schema(id="long", hello="string", time="string")
names = spark.createDataFrame([(row["uid"], row["name"]) for row in given["names"]], "uid long, user_name string")
depts = spark.createDataFrame([(row["did"], row["name"]) for row in given["depts"]], "did long, dept_name string")


def run(directories, output):
    lines = spark.read.text(directories).select(
        col("value").alias("line"), input_file_name().alias("file"), from_json("value", EVENT).alias("event")
    )
    pattern = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"
    valid = col("event.id").isNotNull() & coalesce(
        col("event.time").rlike(pattern) & to_timestamp("event.time", "yyyy-MM-dd HH:mm:ss").isNotNull(), lit(False)
    )
    lines.where(~valid & col("file").contains(f"dt={given['day']}/")).select("file", "line").write.json(
        os.path.join(output, "malformed")
    )
    events = (
        lines.where(valid & col("event.time").startswith(given["day"]))
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


for output in given["outputs"]:
    run(given["directories"], output)

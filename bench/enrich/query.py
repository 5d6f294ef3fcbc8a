"""The query of notebook 1.pyspark-stream-stage: with headers as the notebook of this project has them, or as the sources have it."""

from pyspark.sql.functions import col, from_json

from lab_spark import options, schema, session, static_table, to_the_end, topic

given = options()
spark = session(given)

EVENT = schema(id="long", hello="string", time="string")

names = static_table(spark, given["names"], "uid long, name string").withColumnRenamed("name", "user_name")
depts = static_table(spark, given["depts"], "did long, name string").withColumnRenamed("name", "dept_name")

events = (
    topic(spark, given)
    .select(from_json(col("value").cast("string"), EVENT).alias("events"), "partition", "offset")
    .selectExpr(
        "events.id % 10 as user_id",
        "events.id % 5 as dept_id",
        "case when events.id % 2 = 0 then '남성' else '여성' end as gender",
        "(events.id % 100) + 1 as age",
        "events.*",
        "partition",
        "offset",
    )
)
joined = events.join(names, events.user_id == names.uid, "leftOuter")
joined = joined.join(depts, joined.dept_id == depts.did, "leftOuter")
stages = joined.na.fill({"user_name": "Unknown Name", "dept_name": "Unknown Dept"})

record = [
    "cast(user_id as string) as key",
    "to_json(struct(time, user_id, user_name, dept_name, gender, age, hello, id)) as value",
]
HEADER = "named_struct('key', '{}', 'value', cast({} as binary))"
headers = [
    HEADER.format("source.partition", "cast(partition as string)"),
    HEADER.format("source.offset", "cast(offset as string)"),
    HEADER.format("run", "'bench'"),
]
if given["notebook"]:
    record.append(f"array({', '.join(headers)}) as headers")

to_the_end(
    given,
    stages.selectExpr(*record)
    .writeStream.format("kafka")
    .option("kafka.bootstrap.servers", given["brokers"])
    .option("topic", given["output"])
    .outputMode("append"),
)

"""
The query of notebook 2.pyspark-stream-aggregate: windows counted per user, upserted into MySQL. With the rules of the
notebook of this project (which times count), or with those of the sources (any).
"""

from pyspark.sql.functions import col, date_format, expr, from_json, window

from lab_spark import options, schema, session, to_the_end, topic

given = options()
spark = session(given, {"spark.sql.shuffle.partitions": "5"})

STAGE = schema(
    time="string",
    user_id="long",
    user_name="string",
    dept_name="string",
    gender="string",
    age="long",
    hello="string",
    id="long",
)
TABLE = given["table"]
STAGING = f"{TABLE}_staging"
mysql = given["mysql"]
with open(mysql["passwordFile"], encoding="utf-8") as file:
    password = file.read()
URL = (
    f"jdbc:mysql://{mysql['host']}:{mysql['port']}/{mysql['database']}"
    "?connectionTimeZone=Asia/Seoul&rewriteBatchedStatements=true&allowPublicKeyRetrieval=true"
)


def run(*statements):
    """Runs statements one after the other, over one connection."""
    connection = spark._jvm.java.sql.DriverManager.getConnection(URL, mysql["user"], password)
    try:
        for sql in statements:
            connection.createStatement().execute(sql)
    finally:
        connection.close()


def save(counts, _):
    """Brings the rows of a micro-batch into the table: new ones are inserted, those that are there get the new count."""
    run(f"TRUNCATE TABLE {STAGING}")
    (
        counts.select(
            date_format("start", "yyyy-MM-dd HH:mm:ss").alias("start"),
            date_format("end", "yyyy-MM-dd HH:mm:ss").alias("end"),
            "user_name",
            "count",
        )
        .write.format("jdbc")
        .option("url", URL)
        .option("user", mysql["user"])
        .option("password", password)
        .option("dbtable", STAGING)
        .mode("append")
        .save()
    )
    run(
        f"""
        INSERT INTO {TABLE} (start, end, user_name, count)
        SELECT start, end, user_name, count FROM {STAGING} AS batch
        ON DUPLICATE KEY UPDATE count = batch.count"""
    )


WRITTEN_MS = """
    coalesce(
        try_cast(cast(try_element_at(filter(headers, h -> h.key = 'source.timestamp'), -1).value as string) as bigint),
        unix_millis(timestamp)
    )"""
records = topic(spark, given, includeHeaders=given["notebook"])
value = from_json(col("value").cast("string"), STAGE).alias("stages")
if given["notebook"]:
    stages = (
        records.select(value, expr(WRITTEN_MS).alias("written_ms"))
        .selectExpr("stages.*", "written_ms")
        .where(col("time").rlike(r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\z"))
        .where("char_length(user_name) <= 64")
        .selectExpr("try_to_timestamp(time) as timestamp", "user_name", "written_ms")
        .where("unix_millis(timestamp) <= written_ms + 5 * 60 * 1000")
        .drop("written_ms")
    )
else:
    stages = records.select(value).selectExpr("to_timestamp(stages.time) as timestamp", "stages.user_name")
counts = (
    stages.withWatermark("timestamp", f"{given['watermarkSeconds']} seconds")
    .groupBy(window("timestamp", f"{given['windowSeconds']} seconds"), "user_name")
    .count()
    .select("window.start", "window.end", "user_name", "count")
)
to_the_end(given, counts.writeStream.foreachBatch(save).outputMode("update"))

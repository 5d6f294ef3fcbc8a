"""The query of notebook 2.pyspark-stream-aggregate: windows counted per user, upserted into MySQL."""

from pyspark.sql.functions import col, from_json, window

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
URL = f"jdbc:mysql://{mysql['host']}:{mysql['port']}/{mysql['database']}?connectionTimeZone=Asia/Seoul"


def upsert():
    """One statement brings the table up to the counts of a micro-batch."""
    manager = spark._jvm.java.sql.DriverManager
    connection = manager.getConnection(URL, mysql["user"], mysql["password"])
    try:
        connection.createStatement().executeUpdate(
            f"INSERT INTO {TABLE} (start, end, user_name, count) "
            f"SELECT * FROM (SELECT start, end, user_name, count FROM {STAGING}) AS counted "
            "ON DUPLICATE KEY UPDATE count = counted.count"
        )
    finally:
        connection.close()


def save(counts, _):
    """Writes the rows that a micro-batch has changed."""
    (
        counts.write.format("jdbc")
        .option("url", URL)
        .option("driver", "com.mysql.cj.jdbc.Driver")
        .option("user", mysql["user"])
        .option("password", mysql["password"])
        .option("dbtable", STAGING)
        .option("truncate", "true")
        .mode("overwrite")
        .save()
    )
    upsert()


stages = (
    topic(spark, given)
    .select(from_json(col("value").cast("string"), STAGE).alias("stages"))
    .selectExpr("stages.*")
    .selectExpr("to_timestamp(time) as timestamp", "user_name")
)
counts = (
    stages.withWatermark("timestamp", f"{given['watermarkSeconds']} seconds")
    .groupBy(window("timestamp", f"{given['windowSeconds']} seconds"), "user_name")
    .count()
    .select("window.start", "window.end", "user_name", "count")
)
to_the_end(given, counts.writeStream.foreachBatch(save).outputMode("update"))

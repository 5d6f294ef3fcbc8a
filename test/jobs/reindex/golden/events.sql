REPLACE INTO "events_batch" OVERWRITE WHERE "__time" >= TIMESTAMP '2026-01-14 15:00:00' AND "__time" < TIMESTAMP '2026-01-15 15:00:00'
WITH "input" AS (
  SELECT * FROM TABLE(EXTERN(
    '{"type":"hdfs","paths":["/lambda/events/dt=2026-01-15/{a.json,b.json}"],"systemFields":["__file_path"]}',
    '{"type":"regex","pattern":"(?s)(?:\\{\"hello\":\"([^\\x00-\\x1f\"\\\\\\ufffd]{0,299900}+)\",\"id\":(0|[1-9][0-9]{0,14}),\"time\":\"(?:(2026-01-15 (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])|((?:2026-01-14|2026-01-16|(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])) (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]))\"\\}|(.*))","columns":["plain_hello","plain_id","plain_time","other_time","line"],"listDelimiter":"\n"}'
  )) EXTEND ("plain_hello" VARCHAR, "plain_id" BIGINT, "plain_time" VARCHAR, "other_time" VARCHAR, "line" VARCHAR, "__file_path" VARCHAR)
),
"parsed" AS (
  SELECT
    *,
    JSON_VALUE(TRY_PARSE_JSON(CASE WHEN (CHAR_LENGTH("line") <= 200 OR CHAR_LENGTH(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE("line", '\\.', ''), '"[^"]*+"', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[^\[{]+', '')) <= 200) THEN '[' || "line" || ',"NONCE"]' END), '$[1]') = 'NONCE' AS "whole",
    TO_JSON_STRING(JSON_QUERY(TRY_PARSE_JSON(CASE WHEN (CHAR_LENGTH("line") <= 200 OR CHAR_LENGTH(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE("line", '\\.', ''), '"[^"]*+"', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[^\[{]+', '')) <= 200) THEN '[' || "line" || ',"NONCE"]' END), '$[0].id')) AS "id_text",
    TO_JSON_STRING(JSON_QUERY(TRY_PARSE_JSON(CASE WHEN (CHAR_LENGTH("line") <= 200 OR CHAR_LENGTH(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE("line", '\\.', ''), '"[^"]*+"', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[^\[{]+', '')) <= 200) THEN '[' || "line" || ',"NONCE"]' END), '$[0].time')) AS "time_json",
    CASE WHEN TO_JSON_STRING(JSON_QUERY(TRY_PARSE_JSON(CASE WHEN (CHAR_LENGTH("line") <= 200 OR CHAR_LENGTH(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE("line", '\\.', ''), '"[^"]*+"', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[^\[{]+', '')) <= 200) THEN '[' || "line" || ',"NONCE"]' END), '$[0].time')) LIKE '"%' THEN JSON_VALUE(TRY_PARSE_JSON(CASE WHEN (CHAR_LENGTH("line") <= 200 OR CHAR_LENGTH(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE("line", '\\.', ''), '"[^"]*+"', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[^\[{]+', '')) <= 200) THEN '[' || "line" || ',"NONCE"]' END), '$[0].time' RETURNING VARCHAR) END AS "time_text",
    CASE
      WHEN TO_JSON_STRING(JSON_QUERY(TRY_PARSE_JSON(CASE WHEN (CHAR_LENGTH("line") <= 200 OR CHAR_LENGTH(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE("line", '\\.', ''), '"[^"]*+"', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[^\[{]+', '')) <= 200) THEN '[' || "line" || ',"NONCE"]' END), '$[0].hello')) = 'null' THEN NULL
      WHEN TO_JSON_STRING(JSON_QUERY(TRY_PARSE_JSON(CASE WHEN (CHAR_LENGTH("line") <= 200 OR CHAR_LENGTH(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE("line", '\\.', ''), '"[^"]*+"', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[^\[{]+', '')) <= 200) THEN '[' || "line" || ',"NONCE"]' END), '$[0].hello')) LIKE '"%' THEN JSON_VALUE(TRY_PARSE_JSON(CASE WHEN (CHAR_LENGTH("line") <= 200 OR CHAR_LENGTH(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE("line", '\\.', ''), '"[^"]*+"', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[^\[{]+', '')) <= 200) THEN '[' || "line" || ',"NONCE"]' END), '$[0].hello' RETURNING VARCHAR)
      ELSE TO_JSON_STRING(JSON_QUERY(TRY_PARSE_JSON(CASE WHEN (CHAR_LENGTH("line") <= 200 OR CHAR_LENGTH(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE("line", '\\.', ''), '"[^"]*+"', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[\[{][^\[\]{}]*+[\]}]', ''), '[^\[{]+', '')) <= 200) THEN '[' || "line" || ',"NONCE"]' END), '$[0].hello'))
    END AS "hello"
  FROM "input"
),
"judged" AS (
  SELECT
    *,
    CASE
      WHEN "plain_time" IS NOT NULL THEN 'event' -- nearly all lines; what follows is for the others
      WHEN "other_time" IS NOT NULL THEN 'other-day'
      WHEN "line" IS NULL OR "line" = '' THEN 'empty'
      WHEN (CHAR_LENGTH("line") > 300000 AND CHAR_LENGTH("line") + 2 * CHAR_LENGTH(REGEXP_REPLACE("line", '[ -~]+', '')) > 900000) THEN 'too-large'
      WHEN POSITION(U&'\FFFD' IN "line") > 0 THEN 'invalid-utf-8'
      WHEN "whole" IS NOT TRUE THEN 'not-json'
      WHEN NOT REGEXP_LIKE("line", '^[ \t\r]*\{') THEN 'not-an-object'
      WHEN "id_text" IS NULL OR "id_text" = 'null' THEN 'id-missing'
      WHEN NOT REGEXP_LIKE("id_text", '^-?(0|[1-9][0-9]*)\z') THEN 'id-not-an-integer'
      WHEN CAST(CAST("id_text" AS BIGINT) AS VARCHAR) <> "id_text" THEN 'id-out-of-range'
      WHEN "time_json" IS NULL OR "time_json" = 'null' THEN 'time-missing'
      WHEN REGEXP_LIKE("time_text", '^2026-01-15 (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\z') THEN 'event'
      WHEN REGEXP_LIKE("time_text", '^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\z')
        AND TIME_FORMAT(TIME_PARSE("time_text", 'yyyy-MM-dd HH:mm:ss', '+09:00'), 'yyyy-MM-dd HH:mm:ss', '+09:00') = "time_text" THEN 'other-day'
      ELSE 'time-unparsable'
    END AS "finding"
  FROM "parsed"
),
"events" AS (
  SELECT
    TIME_PARSE(CASE WHEN "plain_time" IS NOT NULL THEN "plain_time" ELSE "time_text" END, 'yyyy-MM-dd HH:mm:ss', '+09:00') AS "__time",
    CASE WHEN "plain_time" IS NOT NULL THEN "plain_id" ELSE CAST("id_text" AS BIGINT) END AS "id",
    MOD(CASE WHEN "plain_time" IS NOT NULL THEN "plain_id" ELSE CAST("id_text" AS BIGINT) END, 10) AS "user_id", -- a column of few values: what is computed from it is computed once for each
    CASE WHEN "plain_time" IS NOT NULL THEN "plain_hello" ELSE "hello" END AS "hello"
  FROM "judged" WHERE "plain_time" IS NOT NULL OR "finding" = 'event'
),
"bucketed" AS (
  SELECT *, "id" / 64 AS "bucket" FROM "events"
),
"sorted" AS (
  SELECT *, LAG("id") OVER (PARTITION BY "bucket", "__time" ORDER BY "id", "hello") AS "id_before" FROM "bucketed"
)
SELECT
  "__time",
  "user_id",
  CASE "user_id" WHEN 0 THEN 'O''Neil \ "x"' WHEN 1 THEN U&'\c774\c11c\c900' ELSE 'Unknown Name' END AS "user_name",
  'Unknown Dept' AS "dept_name",
  CASE WHEN MOD("user_id", 2) = 0 THEN U&'\b0a8\c131' ELSE U&'\c5ec\c131' END AS "gender",
  MOD("id", 100) + 1 AS "age",
  "hello",
  "id"
FROM "sorted" WHERE "id_before" IS NULL OR "id_before" <> "id"
PARTITIONED BY HOUR
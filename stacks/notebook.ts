import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { MySql } from "../components/mysql/mysql";
import { Notebook } from "../components/notebook/notebook";
import { declareAgreement } from "./agree";
import { LARGEST_EVENT, STAGED_EVENTS, STAGES } from "./enriched-events";
import type { Pipeline, Platform } from "./platform";
import type { PipelineName, Settings } from "./settings";
import { DEPTS, NAMES } from "./static-tables";

/** Topic of what the notebooks make of events, beside the one that enrich fills. */
export const NOTEBOOK_STAGES = `notebook.${STAGES}`;
const HOUR_MS = 3_600_000;
const MIB = 1024 ** 2;
/** Share of a broker's volume for what notebooks make: those who try out must not take room from the pipelines. */
const TOPIC_SHARE = 0.125;
/**
 * Most bytes of a batch: Spark has nowhere to set a record aside, and one that the topic does not take ends the notebook. Of an
 * event's text no more than three times as much can come: U+FFFD for a broken byte, `1000000.0` for `1e6` in a list of numbers. It is
 * what the notebook's producer sends.
 */
const LARGEST_RECORD = 4 * LARGEST_EVENT;
/** Kafka removes whole segments, so they are small beside what is kept, yet hold more than one of the largest records. */
const SEGMENT_BYTES = 16 * MIB;
const DIRECTORY = join(dirname(__dirname), "notebooks");
/** What the notebooks call HDFS. */
const LAB_HDFS = "hdfs://namenode:8020";
/** The pipeline that a notebook works on, where one is not enough with any. */
const NEEDED: Readonly<Record<string, PipelineName>> = {
  "2.pyspark-stream-aggregate.ipynb": "kappa",
  "3.pyspark-stream-recovery.ipynb": "kappa",
  "4.pyspark-batch-reindex.ipynb": "lambda",
};

/** JupyterLab with Spark beside the jobs of kappa or lambda, where the settings ask for it. */
export const notebook: Pipeline = {
  topics: ({ kafka }) =>
    STAGED_EVENTS.filter(({ name }) => name === STAGES).map(({ partitions, configs }) => ({
      name: NOTEBOOK_STAGES,
      partitions,
      configs: {
        ...configs,
        "max.message.bytes": String(LARGEST_RECORD),
        "retention.ms": String(24 * HOUR_MS),
        "retention.bytes": String(Math.floor((kafka.storageGiB * 1024 * MIB * TOPIC_SHARE) / partitions)),
        "segment.bytes": String(SEGMENT_BYTES),
        // Without it a topic that is written to rarely would keep its records for a week.
        "segment.ms": String(HOUR_MS),
      },
    })),
  deploy,
};

function deploy(platform: Platform, settings: Settings): void {
  const { place, images, size, kafka, topics, options } = platform;
  const has = (name: PipelineName) => settings.pipelines.includes(name);
  const { master, conf, memoryMiB = size.notebook.memoryMiB } = settings.notebook ?? {};
  platform.add(
    new Notebook(
      "notebook",
      {
        place,
        image: images.reference("notebook"),
        ...size.notebook,
        memoryMiB,
        master,
        ...(conf ? { conf } : {}),
        clusterSecret: settings.sparkSecret,
        notebooks: notebooksFor(settings.pipelines, has("lambda") ? platform.hdfs.defaultFs : undefined),
        tables: { names: jsonLines(NAMES), depts: jsonLines(DEPTS) },
        calls: [
          kafka.endpoint,
          ...(has("kappa") ? [platform.mysql.endpoint] : []),
          ...(has("lambda") ? platform.hdfs.clientCalls : []),
        ],
        hadoopFiles: has("lambda") ? platform.hdfs.clientFiles : undefined,
        secrets: has("kappa") ? { group: "mysql", files: [MySql.scott] } : undefined,
      },
      { ...options, dependsOn: [topics, ...(has("kappa") ? [platform.schema] : [])] },
    ),
  );
  declareAgreement(platform, settings, NOTEBOOK_STAGES);
}

/**
 * The notebooks that work on these pipelines, texts by file names.
 * @param defaultFs address of the stack's HDFS, which has another name where there are two NameNodes
 */
export function notebooksFor(pipelines: readonly PipelineName[], defaultFs = LAB_HDFS): Record<string, string> {
  const textOf = (file: string) => readFileSync(join(DIRECTORY, file), "utf8").replaceAll(LAB_HDFS, defaultFs);
  const files = readdirSync(DIRECTORY).filter((file) => file.endsWith(".ipynb"));
  return Object.fromEntries(
    files
      .filter((file) => {
        const needed = NEEDED[file];
        return needed === undefined || pipelines.includes(needed);
      })
      .sort()
      .map((file) => [file, textOf(file)]),
  );
}

/** A table as Spark reads it: a JSON object in each line. */
function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

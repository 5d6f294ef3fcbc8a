import { LabFailure } from "../cluster/core/failure";
import { servicePath } from "./druid-sql";
import type { ApiReader } from "./kube";

/** One file or directory of HDFS, as WebHDFS lists it. */
export interface HdfsFile {
  readonly name: string;
  readonly directory: boolean;
  readonly bytes: number;
  /** Milliseconds since 1970; of a directory: when a file last came or went. */
  readonly modifiedMs: number;
}

/** A question that a standby NameNode gets is asked again: the Service chooses among both. */
const ATTEMPTS = 6;
/** Directories of days that are looked into for the newest file. */
const NEWEST_DAYS = 3;

/** The stack's HDFS, as it is reached from here: names and sizes, not contents. */
export interface HdfsReader {
  /** Files and directories in a directory; none when it is not there. */
  list(directory: string): Promise<HdfsFile[]>;
  /** The NameNode's own account of the file system. */
  usage(): Promise<HdfsUsage>;
}

/** What the NameNode says about the whole file system. */
export interface HdfsUsage {
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly underReplicatedBlocks: number;
  readonly missingBlocks: number;
}

/** HDFS through the API server's proxy. */
export function hdfsReader(api: ApiReader, namespace: string): HdfsReader {
  const nameNode = servicePath(namespace, "namenode", 9870);
  return {
    list: (directory) => list(api, `${nameNode}/webhdfs/v1${directory}?op=LISTSTATUS&user.name=lab`),
    usage: async () => {
      const { beans } = await api.json<{ beans: FsNamesystem[] }>(
        `${nameNode}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem`,
      );
      const [system] = beans;
      if (!system) throw new LabFailure("the NameNode says nothing about its file system");
      return {
        capacityBytes: system.CapacityTotal,
        usedBytes: system.CapacityUsed,
        underReplicatedBlocks: system.UnderReplicatedBlocks,
        missingBlocks: system.MissingBlocks,
      };
    },
  };
}

interface FsNamesystem {
  readonly CapacityTotal: number;
  readonly CapacityUsed: number;
  readonly UnderReplicatedBlocks: number;
  readonly MissingBlocks: number;
}

interface Listing {
  readonly FileStatuses: {
    readonly FileStatus: readonly {
      readonly pathSuffix: string;
      readonly type: "FILE" | "DIRECTORY";
      readonly length: number;
      readonly modificationTime: number;
    }[];
  };
}

async function list(api: ApiReader, path: string): Promise<HdfsFile[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { FileStatuses } = await api.json<Listing>(path);
      return FileStatuses.FileStatus.map(({ pathSuffix, type, length, modificationTime }) => ({
        name: pathSuffix,
        directory: type === "DIRECTORY",
        bytes: length,
        modifiedMs: modificationTime,
      }));
    } catch (error) {
      const text = String(error);
      if (text.includes("FileNotFoundException")) return [];
      if (attempt === ATTEMPTS || !text.includes("StandbyException")) throw error;
    }
  }
}

/** Files that readers see: those in progress begin with `_` or a dot. */
export function finished(files: readonly HdfsFile[]): HdfsFile[] {
  return files.filter(({ name, directory }) => !directory && !/^[_.]/.test(name));
}

/** The newest finished file below the directories of a directory, with its directory's name; undefined when there is none. */
export async function newestFile(hdfs: Pick<HdfsReader, "list">, directory: string): Promise<HdfsFile | undefined> {
  const days = (await hdfs.list(directory)).filter((entry) => entry.directory);
  const newestDays = days.sort((a, b) => b.modifiedMs - a.modifiedMs).slice(0, NEWEST_DAYS);
  const files = await Promise.all(
    newestDays.map(async ({ name }) =>
      finished(await hdfs.list(`${directory}/${name}`)).map((file) => ({ ...file, name: `${name}/${file.name}` })),
    ),
  );
  return files.flat().sort((a, b) => b.modifiedMs - a.modifiedMs)[0];
}

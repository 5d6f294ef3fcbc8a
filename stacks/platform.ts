import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { Images } from "../components/core/image";
import { Network, type NetworkNeeds } from "../components/core/network";
import { unawaitedServices } from "../components/core/service-wait";
import { Druid } from "../components/druid/druid";
import { HBase } from "../components/hbase/hbase";
import { Hdfs } from "../components/hdfs/hdfs";
import { Kafka } from "../components/kafka/kafka";
import { MySql } from "../components/mysql/mysql";
import { Namespace, type Place } from "../components/namespace";
import { OneShotJob } from "../components/one-shot-job";
import { PhpMyAdmin } from "../components/phpmyadmin/phpmyadmin";
import { Redis } from "../components/redis/redis";
import { Storm } from "../components/storm/storm";
import { ZooKeeper } from "../components/zookeeper/zookeeper";
import type { MigrateConfig } from "../jobs/migrate/config";
import type { TopicsConfigInput } from "../jobs/topics/config";
import type { Settings } from "./settings";
import { migrateConfig, topicsConfig } from "./shared-jobs";
import { SIZES, type Size } from "./sizes";

/** A topic as pipelines declare it; copies and safety come from the size. */
export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** What a pipeline is: the topics it wants, and what it deploys. */
export interface Pipeline {
  readonly topics: readonly Topic[] | ((size: Size) => readonly Topic[]);
  /** MySQL databases of servers, each with an account of the same name that owns it. @default none */
  readonly databases?: readonly string[];
  /** Declares the pipeline's jobs, and asks the platform for the servers they need. */
  deploy(platform: Platform, settings: Settings): void;
}

/**
 * The servers that pipelines share. Each is declared when a pipeline first asks for it, so what nobody asks for is not
 * deployed; a server asks for what it needs itself in the same way.
 */
export class Platform {
  readonly size: Size;
  readonly place: Place;
  readonly images: Images;
  /** Options of all top-level components. */
  readonly options: pulumi.ComponentResourceOptions;
  private readonly workloads: NetworkNeeds[] = [];
  private readonly made = new Map<string, unknown>();

  constructor(
    private readonly settings: Settings,
    projectRoot: string,
    private readonly declaredTopics: readonly Topic[],
    private readonly databases: readonly string[],
  ) {
    this.size = SIZES[settings.size];
    const cluster = new k8s.Provider("cluster", { context: settings.context });
    const providers = [cluster];
    const namespace = new Namespace(
      "namespace",
      { name: settings.namespace, protect: this.size.keepData },
      { providers },
    );
    this.place = namespace;
    this.options = {
      providers,
      transformations: [unawaitedServices],
      // Where files outlive the servers these end one by one, whoever needs another before that one.
      ...(this.size.keepData ? {} : { deletedWith: namespace.resource }),
    };
    this.images = new Images("images", { projectRoot, registry: settings.images });
  }

  get kafka(): Kafka {
    return this.once("kafka", () =>
      this.add(
        new Kafka(
          "kafka",
          {
            place: this.place,
            image: this.images.reference("kafka"),
            keepData: this.size.keepData,
            spread: this.size.spread,
            ...this.size.kafka,
          },
          this.options,
        ),
      ),
    );
  }

  get mysql(): MySql {
    return this.once("mysql", () =>
      this.add(
        new MySql(
          "mysql",
          {
            place: this.place,
            image: this.images.reference("mysql"),
            rootPassword: this.settings.mysqlRootPassword,
            scottPassword: this.settings.mysqlScottPassword,
            databases: this.databases,
            keepData: this.size.keepData,
            ...this.size.mysql,
          },
          this.options,
        ),
      ),
    );
  }

  get zookeeper(): ZooKeeper {
    return this.once("zookeeper", () =>
      this.add(new ZooKeeper("zookeeper", { ...this.server("zookeeper"), ...this.size.zookeeper }, this.options)),
    );
  }

  get hdfs(): Hdfs {
    return this.once("hdfs", () => {
      const { failover, ...shape } = this.size.hdfs;
      const hdfs = new Hdfs(
        "hdfs",
        {
          ...this.server("hdfs"),
          ...shape,
          ...(failover
            ? { journalNodes: failover.journalNodes, failover: { ...failover, zookeeper: this.zookeeper } }
            : {}),
        },
        this.options,
      );
      for (const workload of hdfs.workloads) this.add(workload);
      return hdfs;
    });
  }

  /** Druid, with its metadata in the database `druid`: a pipeline that asks for it declares that. */
  get druid(): Druid {
    return this.once("druid", () => {
      const druid = new Druid(
        "druid",
        {
          ...this.server("druid"),
          roles: this.size.druid,
          zookeeper: this.zookeeper,
          hdfs: { clientFiles: this.hdfs.clientFiles, calls: this.hdfs.clientCalls },
          mysql: { endpoint: this.mysql.endpoint, password: MySql.owner("druid") },
          kafka: this.kafka.endpoint,
        },
        { ...this.options, dependsOn: [this.schema] },
      );
      for (const workload of druid.workloads) this.add(workload);
      return druid;
    });
  }

  get hbase(): HBase {
    return this.once("hbase", () => {
      const { keepData, ...server } = this.server("hbase"); // all its data is in HDFS
      const hbase = new HBase(
        "hbase",
        { ...server, ...this.size.hbase, zookeeper: this.zookeeper, hdfs: this.hdfs },
        this.options,
      );
      for (const workload of hbase.workloads) this.add(workload);
      return hbase;
    });
  }

  get redis(): Redis {
    return this.once("redis", () =>
      this.add(new Redis("redis", { ...this.server("redis"), ...this.size.redis }, this.options)),
    );
  }

  /** Storm, whose workers may call what topologies write to, with Redis's password. */
  get storm(): Storm {
    return this.once("storm", () => {
      const { nimbus, supervisor, ui } = this.size.storm;
      const { zookeeper, kafka, hbase, redis } = this;
      const storm = new Storm(
        "storm",
        {
          ...this.server("storm"),
          nimbus,
          supervisor,
          ui,
          zookeeper,
          kafka,
          calls: [kafka.endpoint, ...hbase.clientCalls, ...redis.clientCalls],
          secrets: { group: "redis", files: [Redis.password] },
        },
        { ...this.options, dependsOn: [...redis.secrets] },
      );
      for (const workload of storm.workloads) this.add(workload);
      return storm;
    });
  }

  /** phpMyAdmin on the MySQL server, for pipelines whose tables people read. */
  phpmyadmin(): PhpMyAdmin {
    return this.once("phpmyadmin", () =>
      this.add(
        new PhpMyAdmin(
          "phpmyadmin",
          {
            place: this.place,
            image: this.images.reference("phpmyadmin"),
            mysql: this.mysql.endpoint,
            ...this.size.phpmyadmin,
          },
          this.options,
        ),
      ),
    );
  }

  /** All declared topics, created and raised. What writes to them or reads them waits for this. */
  get topics(): OneShotJob<TopicsConfigInput> {
    return this.once("topics", () =>
      this.add(
        new OneShotJob(
          "topics",
          {
            place: this.place,
            image: this.images.reference("topics"),
            config: topicsConfig(this.kafka.bootstrapServers, this.declaredTopics, this.size.kafka),
            calls: [this.kafka.endpoint],
            ...this.size.tool,
          },
          { ...this.options, dependsOn: [this.kafka] },
        ),
      ),
    );
  }

  /** MySQL's users, database, tables and views, brought to the newest version. What uses them waits for this. */
  get schema(): OneShotJob<MigrateConfig> {
    return this.once("migrate", () =>
      this.add(
        new OneShotJob(
          "migrate",
          {
            place: this.place,
            image: this.images.reference("migrate"),
            config: migrateConfig(this.mysql.address, this.databases),
            calls: [this.mysql.endpoint],
            secrets: {
              group: "mysql",
              files: [MySql.root, MySql.scott, MySql.recover, ...this.databases.map(MySql.owner)],
            },
            ...this.size.tool,
          },
          { ...this.options, dependsOn: [this.mysql] },
        ),
      ),
    );
  }

  /** What servers of our own images have in common. */
  private server(image: string) {
    const { place, size } = this;
    return { place, image: this.images.reference(image), keepData: size.keepData, spread: size.spread };
  }

  /** Registers a workload, so that its pods may call what it says it calls. */
  add<T extends NetworkNeeds>(workload: T): T {
    this.workloads.push(workload);
    return workload;
  }

  /** Opens the network's edges. Last: all workloads must be known. */
  connect(): void {
    new Network("network", { namespace: this.place.ref, workloads: this.workloads }, this.options);
  }

  /** What `make` makes, made by the first who asks. */
  once<T>(name: string, make: () => T): T {
    if (!this.made.has(name)) this.made.set(name, make());
    return this.made.get(name) as T;
  }
}

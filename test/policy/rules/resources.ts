import { jvmClaim } from "../../../components/core/jvm-memory";
import { parseMiB } from "../../../components/core/quantity";
import { containerRule, type Rule, UNKNOWN } from "../rule";

/** A digest, or a tag that is a hash of the image's sources. */
const PINNED = /(@sha256:[0-9a-f]{64}|:[0-9a-f]{16})$/;
const NODE_HEAP = /--max-old-space-size=(\d+)/;

/** What a container gets, and of what it is made. */
export const resourceRules: readonly Rule[] = [
  containerRule(
    "memory-limit",
    "Memory is limited and requested in full, so a pod is never evicted for using what it may.",
    ({ resources }) => {
      const { memory: limit } = resources?.limits ?? {};
      const { memory: request } = resources?.requests ?? {};
      return limit !== undefined && limit === request ? undefined : `memory request ${request}, limit ${limit}`;
    },
  ),
  containerRule("cpu-request", "CPU is requested, so that the scheduler knows the load.", ({ resources }) =>
    resources?.requests?.cpu === undefined ? "no cpu request" : undefined,
  ),
  containerRule(
    "image-pinned",
    "Images are named by digest or by the hash of their sources; never `latest`.",
    ({ image }) => (image === UNKNOWN || PINNED.test(image ?? "") ? undefined : `image ${image} is not pinned`),
  ),
  containerRule(
    "jvm-memory",
    "A JVM's heap, direct memory, metaspace and code cache fit into its container's limit, all bounded.",
    ({ env = [], resources }) => {
      const options = env.find(({ name }) => /JVM_OPTIONS|JAVA_TOOL_OPTIONS|JAVA_OPTS/.test(name))?.value;
      if (options === undefined) return undefined;
      const { claimMiB, missing } = jvmClaim(options);
      if (missing.length > 0) return `${missing.join()} not set`;
      const limitMiB = parseMiB(resources?.limits?.memory ?? 0);
      const roomMiB = Math.floor(limitMiB * 0.9);
      return claimMiB <= roomMiB ? undefined : `may take ${claimMiB} MiB, room for ${roomMiB} of ${limitMiB} MiB`;
    },
  ),
  containerRule(
    "node-memory",
    "A Node process keeps its heap below three quarters of its container's limit.",
    ({ env = [], resources, name }) => {
      const [, heap] = NODE_HEAP.exec(env.find((variable) => variable.name === "NODE_OPTIONS")?.value ?? "") ?? [];
      if (heap === undefined) return undefined;
      const limitMiB = parseMiB(resources?.limits?.memory ?? 0);
      return Number(heap) <= limitMiB * 0.75 ? undefined : `${name}: heap ${heap} MiB of ${limitMiB} MiB`;
    },
  ),
];

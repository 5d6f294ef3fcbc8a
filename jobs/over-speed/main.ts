import { runStreamJob } from "../core/job";
import { messageOf } from "../core/log";
import { connectRedis } from "../core/redis";
import { overSpeedSchema } from "./config";
import { pages } from "./pages";

const PING_MS = 5_000;

/**
 * Entry point of the job `over-speed`: serves which cars were speeding, as an application of others would read it from
 * Redis. Ready while Redis answers; its absence is no reason to be restarted, so every look counts as progress.
 */
void runStreamJob("over-speed", overSpeedSchema, async ({ config, log, registry, watchdog }) => {
  const redis = connectRedis(config.redis);
  let serves: boolean | undefined;
  let asking = false;
  const look = async (): Promise<void> => {
    watchdog.progress();
    if (asking) return;
    asking = true;
    try {
      await redis.ping();
      if (serves !== true) log.info("Redis answers");
      serves = true;
    } catch (error) {
      if (serves !== false) log.warn("Redis does not answer", { error: messageOf(error) });
      serves = false;
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void look(), PING_MS);
  void look();
  return {
    ready: () => serves === true,
    stop: async () => {
      clearInterval(timer);
      await redis.close();
    },
    answer: pages({ redis, registry, log }),
  };
});

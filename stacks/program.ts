import * as pulumi from "@pulumi/pulumi";
import { kappa } from "./kappa";
import { lambda } from "./lambda";
import { notebook } from "./notebook";
import { type Pipeline, Platform, type Topic } from "./platform";
import type { PipelineName, Settings } from "./settings";
import { SIZES, type Size } from "./sizes";
import { smartcar } from "./smartcar";

/** A pipeline is one line here, one file beside it, and its name in `settings.ts`. */
const PIPELINES: Readonly<Record<PipelineName, Pipeline>> = { kappa, lambda, smartcar };

/** What a stack shows when it stands. */
export interface StackOutputs {
  readonly namespace: string;
  readonly pipelines: readonly string[];
  readonly size: string;
}

/** Declares all that a stack's settings ask for. */
export function deploy(settings: Settings, projectRoot: string): StackOutputs {
  const chosen = [...settings.pipelines.map((name) => PIPELINES[name]), ...(settings.notebook ? [notebook] : [])];
  const topics = mergedTopics(chosen, SIZES[settings.size]);
  const platform = new Platform(settings, projectRoot, topics, databasesOf(chosen));
  for (const pipeline of chosen) pipeline.deploy(platform, settings);
  platform.connect();
  return { namespace: settings.namespace, pipelines: settings.pipelines, size: settings.size };
}

function databasesOf(pipelines: readonly Pipeline[]): string[] {
  return [...new Set(pipelines.flatMap(({ databases = [] }) => databases))];
}

/**
 * Topics of several pipelines, each once: two pipelines may share one.
 * @throws when they disagree about it
 */
export function mergedTopics(pipelines: readonly Pick<Pipeline, "topics">[], size: Size): Topic[] {
  const merged = new Map<string, Topic>();
  for (const topic of pipelines.flatMap(({ topics }) => (typeof topics === "function" ? topics(size) : topics))) {
    const known = merged.get(topic.name);
    if (known && JSON.stringify(known) !== JSON.stringify(topic)) {
      throw new pulumi.RunError(
        `topic ${topic.name} is declared twice: ${JSON.stringify(known)} and ${JSON.stringify(topic)}`,
      );
    }
    merged.set(topic.name, topic);
  }
  return [...merged.values()];
}

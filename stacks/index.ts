import { dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { deploy } from "./program";
import { readSettings, type Settings } from "./settings";
import { SettingsError } from "./settings-rules";

/** The stack's config, or one line and nothing else: no resource is registered before it is whole. */
function settingsOrStop(): Settings {
  try {
    return readSettings(pulumi.runtime.allConfig(), pulumi.getStack());
  } catch (error) {
    if (error instanceof SettingsError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

const settings = settingsOrStop();
if (settings.size !== "lab" && settings.images === undefined) {
  pulumi.log.warn(
    "images is not set: images stay on this machine, and only a cluster that shares its image store can run them",
  );
}

export const { namespace, pipelines, size } = deploy(settings, dirname(__dirname));

import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { buildContextHash } from "./build-context";

/** Where images go when no registry is named: they stay on the machine that built them. */
const LOCAL_PREFIX = "lab.local";

/** Where one of our images is built from. */
export interface ImageSource {
  /** Directory the build sees, less what its `.dockerignore` leaves out. */
  readonly context: string;
  readonly dockerfile: string;
}

/**
 * The sources of an image by its name: `jobs/<name>/Dockerfile` for a job (which sees the whole project, for the lockfile and
 * `jobs/core`), `components/<name>/image/` for a server, `topologies/<name>/Dockerfile` for what deploys a topology (which sees
 * all of `topologies/`, for the deployer).
 * @throws when none of them is there.
 */
export function imageSource(projectRoot: string, name: string): ImageSource {
  const sources: ImageSource[] = [
    { context: projectRoot, dockerfile: join(projectRoot, "jobs", name, "Dockerfile") },
    {
      context: join(projectRoot, "components", name, "image"),
      dockerfile: join(projectRoot, "components", name, "image", "Dockerfile"),
    },
    { context: join(projectRoot, "topologies"), dockerfile: join(projectRoot, "topologies", name, "Dockerfile") },
  ];
  const found = sources.find(({ dockerfile }) => existsSync(dockerfile));
  if (found) return found;
  const places = sources.map(({ dockerfile }) => relative(projectRoot, dockerfile)).join(", ");
  throw new pulumi.RunError(`image ${name}: none of ${places} is there`);
}

export interface ImagesArgs {
  /** Directory that holds `components/` and `jobs/`. */
  readonly projectRoot: string;
  /** `registry/prefix` to push to. @default images stay on this machine */
  readonly registry?: string;
}

/** The images we build, each made when first asked for. */
export class Images extends pulumi.ComponentResource {
  private readonly made = new Map<string, pulumi.Output<string>>();

  constructor(
    name: string,
    private readonly args: ImagesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("platform:core:Images", name, {}, opts);
    this.registerOutputs({});
  }

  /**
   * Reference of an image: by digest where it is pushed, else by a tag made from its sources' content, which the provider
   * builds under that very name. A changed source is a new reference, so it rolls out.
   */
  reference(name: string): pulumi.Output<string> {
    const made = this.made.get(name) ?? this.build(name);
    this.made.set(name, made);
    return made;
  }

  private build(name: string): pulumi.Output<string> {
    const { projectRoot, registry } = this.args;
    const { context, dockerfile } = imageSource(projectRoot, name);
    const image = new docker.Image(
      name,
      {
        imageName: `${registry ?? LOCAL_PREFIX}/${name}:${buildContextHash(context, dockerfile)}`,
        build: { context, dockerfile, platform: "linux/amd64" },
        skipPush: registry === undefined,
      },
      { parent: this },
    );
    return registry === undefined ? image.imageName : image.repoDigest;
  }
}

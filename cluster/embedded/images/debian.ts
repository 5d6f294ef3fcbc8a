import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LabFailure } from "../../core/failure";
import { hashText } from "../../core/hash";
import { run } from "../../core/run";
import { unmountBelow } from "../mounts";
import { aptProxy, hostMirror } from "./apt";
import { imageArchitecture, packImage } from "./archive";

/** A Debian release that Dockerfiles start from. */
export interface BaseImage {
  readonly suite: string;
  /** The name under which Dockerfiles find it, the same as in a registry. */
  readonly reference: string;
}

/** The base images, first the one everything else needs. */
export const BASE_IMAGES: readonly [BaseImage, ...BaseImage[]] = [
  { suite: "bookworm", reference: "docker.io/library/debian:bookworm-slim" },
  { suite: "sid", reference: "docker.io/library/debian:sid-slim" },
];

/** Grows when what is done with a fresh debootstrap changes: cached archives are then made anew. */
const RECIPE = 1;

/** Directories the official slim images leave out. */
const SLIM = [
  ...["doc", "man", "info", "groff", "lintian", "linda", "locale"].map((name) => `usr/share/${name}`),
  "usr/lib/python3/dist-packages/__pycache__",
];

/** What makes dpkg, apt and services behave as in the official images. */
const SETTINGS: Readonly<Record<string, string>> = {
  "etc/dpkg/dpkg.cfg.d/docker": [
    "force-unsafe-io",
    ...SLIM.map((directory) => `path-exclude=/${directory}/*`),
    "path-include=/usr/share/doc/*/copyright",
    "",
  ].join("\n"),
  "etc/apt/apt.conf.d/docker-clean": [
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };',
    'APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };',
    'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";',
    "",
  ].join("\n"),
  "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
  "etc/apt/apt.conf.d/docker-gzip-indexes": 'Acquire::GzipIndexes "true";\n',
  "etc/apt/apt.conf.d/docker-autoremove-suggests": 'Apt::AutoRemove::SuggestsImportant "false";\n',
  "usr/sbin/policy-rc.d": "#!/bin/sh\n# A container starts its own program, never a service of a package.\nexit 101\n",
};

/** Path of a base image's archive in the cache. @param mirror undefined: debootstrap's own default */
export function archivePath(directory: string, { suite }: BaseImage, mirror: string | undefined): string {
  const key = hashText(JSON.stringify([RECIPE, suite, mirror, imageArchitecture(), SLIM, SETTINGS]));
  return join(directory, `debian-${suite}-slim-${key}.tar`);
}

/**
 * Makes a base image's archive by debootstrap, unless the cache has it.
 * @returns the archive's path.
 * @throws LabFailure naming debootstrap's log.
 */
export async function ensureBaseImage(directory: string, image: BaseImage, log: string): Promise<string> {
  const mirror = hostMirror();
  const archive = archivePath(directory, image, mirror);
  if (existsSync(archive)) return archive;
  mkdirSync(directory, { recursive: true });
  removeLeftovers(directory);
  const work = mkdtempSync(join(directory, `.debootstrap-${image.suite}-${process.pid}-`));
  try {
    const root = join(work, "root");
    const args = ["--variant=minbase", image.suite, root, ...(mirror === undefined ? [] : [mirror])];
    await run("debootstrap", args, { log, env: await aptProxy() }).catch((cause) => {
      throw new LabFailure(`the base image ${image.reference} could not be made by debootstrap`, {
        log,
        fix: `check that ${mirror ?? "debootstrap's default mirror"} can be reached, then run the same command again`,
        cause,
      });
    });
    makeSlim(root);
    await packImage(root, archive, image.reference, { Cmd: ["bash"] });
    return archive;
  } finally {
    await unmountBelow(work);
    rmSync(work, { recursive: true, force: true });
  }
}

/** Removes what a killed run left behind. */
function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) {
    const pid = /^\.debootstrap-\w+-(\d+)-/.exec(name)?.[1];
    if (!pid || existsSync(`/proc/${pid}`)) continue;
    void unmountBelow(join(directory, name)).then(() =>
      rmSync(join(directory, name), { recursive: true, force: true }),
    );
  }
}

function makeSlim(root: string): void {
  for (const directory of SLIM) emptyExceptCopyrights(join(root, directory));
  for (const directory of ["var/lib/apt/lists", "var/cache/apt", "var/cache/debconf", "var/log", "tmp", "dev"]) {
    empty(join(root, directory));
  }
  // The build host's own names must not go into the image: the container's are mounted over them.
  for (const file of ["etc/hostname", "etc/resolv.conf"]) writeFileSync(join(root, file), "");
  writeFileSync(join(root, "etc/machine-id"), "");
  for (const [file, text] of Object.entries(SETTINGS)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }
}

function empty(directory: string): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true, force: true });
}

/** Licences stay: the packages may not be passed on without. */
function emptyExceptCopyrights(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      emptyExceptCopyrights(path);
      if (readdirSync(path).length === 0) rmSync(path, { recursive: true });
    } else if (entry.name !== "copyright") {
      rmSync(path);
    }
  }
}

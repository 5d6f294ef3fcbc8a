import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { run } from "../../cluster/core/run";
import { contextFiles, contextFilter } from "../../cluster/docker-provider/content";
import {
  compilers,
  filesBelow,
  imageConfig,
  imagesOfLab,
  inImage,
  packageCaches,
  trustDifferences,
} from "./support/images";
import { kubectl, labEnv, podsOf } from "./support/lab";

let images: string[];
beforeAll(async () => {
  images = await imagesOfLab();
});

/** The findings of a check, by image: an empty object is what a test wants. */
async function findings(check: (root: string) => string[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const image of images) {
    const list = await inImage(image, check);
    if (list.length > 0) found[image] = list;
  }
  return found;
}

test("the lab runs images of ours only, named by their content", () => {
  expect(images.length).toBeGreaterThanOrEqual(8);
  for (const image of images) expect(image).toMatch(/^lab\.local\/[a-z]+:[0-9a-f]{16}$/);
});

describe("what is in the images", () => {
  test("a user without privileges, a title, a version and a licence", async () => {
    for (const image of images) {
      const { User, Labels } = await imageConfig(image);
      expect({ image, User }).toEqual({ image, User: "10001:10001" });
      expect(Labels).toMatchObject({
        "org.opencontainers.image.title": image.replace(/^lab\.local\/|:.*$/g, ""),
        "org.opencontainers.image.version": expect.stringMatching(/^\d+\.\d/),
        "org.opencontainers.image.licenses": expect.stringMatching(/./),
      });
    }
  });

  test("no compiler", async () => expect(await findings(compilers)).toEqual({}));

  test("nothing of package managers' caches", async () => expect(await findings(packageCaches)).toEqual({}));

  test("trusted certificates are those of the distribution, none of the machine that built", async () => {
    expect(await findings(trustDifferences)).toEqual({});
  });

  test("the checks see what they look for", () => {
    const root = mkdtempSync(join(tmpdir(), "lab-image-"));
    const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
    const files = {
      "usr/bin/x86_64-linux-gnu-gcc-12": "",
      "usr/lib/jvm/java-17/bin/javac": "",
      "var/lib/apt/lists/debian_Packages": "",
      "usr/share/ca-certificates/mozilla/One.crt": pem("one"),
      "etc/ssl/certs/ca-certificates.crt": pem("one") + pem("company"),
    };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(root, file, ".."), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    expect(compilers(root)).toHaveLength(2);
    expect(packageCaches(root)).toHaveLength(1);
    expect(trustDifferences(root)).toEqual([expect.stringMatching(/^bundle trusts /)]);
    rmSync(root, { recursive: true });
  });
});

test.each(["kafka", "mysql", "phpmyadmin", "enrich"])(
  "%s runs without root, and cannot write its root",
  async (name) => {
    const [pod] = await podsOf(name);
    const script = "id -u; touch /written 2>/dev/null && echo writable; true";
    expect(await kubectl("exec", pod?.metadata.name ?? "", "--", "sh", "-c", script)).toBe("10001\n");
  },
);

test("the files an image is named by are the files its build sees", async () => {
  const env = await labEnv();
  const root = projectRoot();
  const directory = mkdtempSync(join(tmpdir(), "lab-context-"));
  const dockerfile = join(directory, "Dockerfile");
  writeFileSync(dockerfile, "FROM scratch\nCOPY . /\n");
  cpSync(join(root, "jobs/enrich/Dockerfile.dockerignore"), `${dockerfile}.dockerignore`);
  const out = join(directory, "out");
  const locals = [`--local=context=${root}`, `--local=dockerfile=${directory}`];
  await run("buildctl", ["build", "--frontend=dockerfile.v0", ...locals, `--output=type=local,dest=${out}`], { env });
  const sent = filesBelow(out, "").map((file) => file.replace(/^\//, ""));
  expect(sent.sort()).toEqual(contextFiles(root, contextFilter(root, dockerfile)).sort());
  expect(sent).toContain("jobs/enrich/main.ts");
  expect(readFileSync(join(out, "jobs/enrich/main.ts"), "utf8")).toBe(
    readFileSync(join(root, "jobs/enrich/main.ts"), "utf8"),
  );
  rmSync(directory, { recursive: true });
});

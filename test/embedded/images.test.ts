import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aptAddresses, debianMirror, hostMirror } from "../../cluster/embedded/images/apt";
import { packImage } from "../../cluster/embedded/images/archive";
import { archivePath, BASE_IMAGES } from "../../cluster/embedded/images/debian";
import { importIfMissing, pauseReference } from "../../cluster/embedded/images/import";
import { temporaryDirectory } from "../support/temporary";

const temporary = () => temporaryDirectory("images");

describe("the machine's Debian mirror", () => {
  it("is read from both styles of sources", () => {
    const old =
      "# deb http://no.example/debian sid main\ndeb [signed-by=/k.gpg] http://a.example/debian bookworm main\n";
    const deb822 = "Types: deb\nURIs: https://b.example/debian-security https://b.example/debian/\nSuites: bookworm\n";
    expect(aptAddresses([old, deb822])).toEqual([
      "http://a.example/debian",
      "https://b.example/debian-security",
      "https://b.example/debian/",
    ]);
    expect(debianMirror(aptAddresses([deb822]))).toBe("https://b.example/debian");
  });
  it("is left to debootstrap on another distribution", () => {
    expect(debianMirror(["http://c.example/ubuntu"])).toBeUndefined();
    expect(hostMirror(temporary())).toBeUndefined();
  });
  it("is part of the archive's key", () => {
    const [bookworm] = BASE_IMAGES;
    expect(archivePath("/c", bookworm, undefined)).not.toBe(archivePath("/c", bookworm, "http://a.example/debian"));
  });
});

describe("packImage", () => {
  it("writes an archive whose config names the layer it holds, and nothing else into the directory", async () => {
    const [root, directory] = [temporary(), temporary()];
    mkdirSync(join(root, "bin"));
    writeFileSync(join(root, "bin", "sh"), "x", { mode: 0o755 });
    const archive = join(directory, "image.tar");
    await packImage(root, archive, "docker.io/library/debian:x", { Cmd: ["bash"] });
    expect(readdirSync(directory)).toEqual(["image.tar"]);
    const read = (name: string) => execFileSync("tar", ["-xOf", archive, name]);
    expect(JSON.parse(read("manifest.json").toString())).toEqual([
      { Config: "config.json", RepoTags: ["docker.io/library/debian:x"], Layers: ["layer.tar"] },
    ]);
    const config = JSON.parse(read("config.json").toString());
    const layer = createHash("sha256").update(read("layer.tar")).digest("hex");
    expect(config).toMatchObject({ os: "linux", config: { Cmd: ["bash"] }, rootfs: { diff_ids: [`sha256:${layer}`] } });
    const names = execFileSync("tar", ["-t"], { input: read("layer.tar") }).toString();
    expect(names).toBe("./\n./bin/\n./bin/sh\n");
  });
});

describe("importIfMissing", () => {
  it("makes no archive of an image that is there", async () => {
    const never = () => Promise.reject(new Error("made"));
    expect(await importIfMissing({ ctr: "/none", socket: "/none" }, new Set(["a:1"]), "a:1", never)).toBe(false);
    await expect(importIfMissing({ ctr: "/none", socket: "/none" }, new Set(["a:1"]), "a:2", never)).rejects.toThrow(
      "made",
    );
  });
});

describe("pauseReference", () => {
  it("changes with the program", () => {
    const program = join(temporary(), "pause");
    writeFileSync(program, "1");
    const first = pauseReference(program);
    writeFileSync(program, "2");
    expect(first).toMatch(/^lab\.local\/pause:[0-9a-f]{12}$/);
    expect(pauseReference(program)).not.toBe(first);
  });
});

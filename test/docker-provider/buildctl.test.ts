import { describe, expect, test } from "vitest";
import { redactor } from "../../cluster/docker-provider/build";
import { type BuildPlan, BuildProgress, buildctlArguments, hostSecrets } from "../../cluster/docker-provider/buildctl";
import { type ImageInputs, parseInputs } from "../../cluster/docker-provider/inputs";
import { secretEnvironment } from "../../cluster/docker-provider/secret-args";

const plan: BuildPlan = {
  name: "lab.local/kafka:1",
  metadataFile: "/m.json",
  secrets: { ca: "/ca.pem" },
  secretArguments: [],
  env: {},
};

function inputs(more: Record<string, unknown> = {}, build: Record<string, unknown> = {}): ImageInputs {
  const parsed = parseInputs(
    { imageName: "lab.local/kafka", skipPush: true, build: { context: "/c", ...build }, ...more },
    "/",
  );
  if ("failures" in parsed) throw new Error(JSON.stringify(parsed.failures));
  return parsed.inputs;
}

describe("arguments of buildctl", () => {
  test("a local image", () => {
    expect(buildctlArguments(inputs({}, { dockerfile: "/d/kafka.Dockerfile", target: "jars" }), plan)).toEqual([
      "build",
      "--progress=plain",
      "--frontend=dockerfile.v0",
      "--local=context=/c",
      "--local=dockerfile=/d",
      "--opt=filename=kafka.Dockerfile",
      "--opt=image-resolve-mode=local",
      "--opt=target=jars",
      "--opt=build-arg:SOURCE_DATE_EPOCH=0",
      "--secret=id=ca,src=/ca.pem",
      "--output=type=image,name=lab.local/kafka:1,unpack=true,compression=uncompressed",
      "--metadata-file=/m.json",
    ]);
  });

  test("a secret argument is a build secret, and its value is on no command line", () => {
    const args = { TOKEN: "hunter2", ca: "mine", PLAIN: "x" };
    const line = buildctlArguments(inputs({}, { args }), { ...plan, secretArguments: ["TOKEN", "ca"] });
    expect(line.filter((arg) => /secret|PLAIN/.test(arg))).toEqual([
      "--opt=build-arg:PLAIN=x",
      "--secret=id=TOKEN,env=LAB_BUILD_SECRET_TOKEN",
      "--secret=id=ca,env=LAB_BUILD_SECRET_ca",
    ]);
    expect(line.join(" ")).not.toMatch(/hunter2|mine/);
    expect(secretEnvironment(args, ["TOKEN"])).toEqual({ LAB_BUILD_SECRET_TOKEN: "hunter2" });
  });

  test("a pushed image", () => {
    const args = buildctlArguments(inputs({ skipPush: false, imageName: "r:5000/kafka" }), {
      ...plan,
      name: "r:5000/kafka:1",
    });
    expect(args).toContain("--output=type=image,name=r:5000/kafka:1,push=true,store=false,rewrite-timestamp=true");
  });

  test("build arguments win over ours; proxies of the host are passed on", () => {
    const args = buildctlArguments(
      inputs({}, { args: { SOURCE_DATE_EPOCH: "7" }, addHosts: ["a:::1", "b:10.0.0.1"], network: "host" }),
      { ...plan, env: { https_proxy: "http://proxy:1", PATH: "/bin" } },
    );
    expect(args.filter((arg) => /build-arg|hosts|network/.test(arg))).toEqual([
      "--opt=add-hosts=a=::1,b=10.0.0.1",
      "--opt=force-network-mode=host",
      "--opt=build-arg:SOURCE_DATE_EPOCH=7",
      "--opt=build-arg:https_proxy=http://proxy:1",
      "--allow=network.host",
    ]);
  });
});

test("the host's certificates and settings are found where they are, and left out where they are not", () => {
  const exists = (path: string) => ["/etc/ssl/cert.pem", "/home/x/.npmrc", "/my.pem"].includes(path);
  expect(hostSecrets({}, "/home/x", exists)).toEqual({ ca: "/etc/ssl/cert.pem", npmrc: "/home/x/.npmrc" });
  expect(hostSecrets({ SSL_CERT_FILE: "/my.pem" }, "/root", exists)).toEqual({ ca: "/my.pem" });
});

describe("progress of a build", () => {
  const failing = [
    "#5 [java 2/2] RUN apt-get update",
    "#5 0.412 Reading package lists...",
    "#5 DONE 3.1s",
    "#6 [jars 4/4] RUN mvn",
    "#6 1.100 [ERROR] cannot resolve",
    '#6 ERROR: process "/bin/sh -c mvn" did not complete successfully: exit code: 1',
    "error: failed to solve: exit code: 1",
  ];

  test("titles of steps, each once", () => {
    const progress = new BuildProgress();
    const titles = [...failing, "#6 [jars 4/4] RUN mvn"].map((line) => progress.see(line)).filter(Boolean);
    expect(titles).toEqual(["[java 2/2] RUN apt-get update", "[jars 4/4] RUN mvn"]);
  });

  test("a failure names the step and the end of its output", () => {
    const progress = new BuildProgress();
    for (const line of failing) progress.see(line);
    expect(progress.describeFailure()).toBe(
      "in [jars 4/4] RUN mvn\n[ERROR] cannot resolve\nfailed to solve: exit code: 1",
    );
  });

  test("a build that never began says why", () => {
    const progress = new BuildProgress();
    progress.see("error: failed to dial: no such file");
    expect(progress.describeFailure()).toBe("failed to dial: no such file");
  });
});

test("secrets are hidden, the longer one first, line by line too", () => {
  const hide = redactor(["tok", "token", "a\nb"]);
  expect(hide("token=token tok")).toBe("***=*** ***");
  expect(redactor(["one\ntwo"])("x two")).toBe("x ***");
  expect(redactor([""])("x")).toBe("x");
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { projectRoot } from "../../cluster/core/paths";
import { Progress } from "../../cluster/core/progress";
import { run } from "../../cluster/core/run";
import { ensureToolchain } from "../../cluster/toolchain";

/** A cluster that no one answers for: a preview must not need one. Without a token the provider would ask for a password. */
const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{ name: none, cluster: { server: "https://127.0.0.1:9" } }]
users: [{ name: none, user: { token: none } }]
contexts: [{ name: bigdata-lab, context: { cluster: none, user: none } }]
current-context: bigdata-lab
`;

/** How a preview ended. */
export interface Preview {
  readonly ok: boolean;
  /** Standard output and error. */
  readonly text: string;
}

/** Pulumi with a state of its own, without cluster, builder or registry. */
export class PreviewWorld {
  private constructor(
    private readonly directory: string,
    private readonly env: Record<string, string | undefined>,
  ) {}

  static async make(): Promise<PreviewWorld> {
    const toolchain = await ensureToolchain(new Progress(), { kubernetes: false });
    const directory = mkdtempSync(join(tmpdir(), "preview-"));
    mkdirSync(join(directory, "state"));
    writeFileSync(join(directory, "kubeconfig"), KUBECONFIG);
    return new PreviewWorld(directory, {
      PATH: [toolchain.path, process.env.PATH].join(delimiter),
      KUBECONFIG: join(directory, "kubeconfig"),
      PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "preview",
      PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
      PULUMI_SKIP_UPDATE_CHECK: "1",
      BUILDKIT_HOST: "unix:///nonexistent/buildkit.sock",
      DOCKER_HOST: "unix:///nonexistent/docker.sock",
    });
  }

  /** Previews a stack of the project under the policy pack; `config` goes over its file. */
  async stack(stack: string, config: Readonly<Record<string, string>> = {}): Promise<Preview> {
    const text = readFileSync(join(projectRoot(), "stacks", `Pulumi.${stack}.yaml`), "utf8");
    const given = Object.entries(config).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
    return this.preview(projectRoot(), "bigdata-lab", stack, text, given);
  }

  /** Previews another project under the policy pack. */
  async project(directory: string, name: string): Promise<Preview> {
    return this.preview(directory, name, "test", "config:\n  kubernetes:context: bigdata-lab\n", []);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async preview(cwd: string, project: string, stack: string, config: string, more: string[]): Promise<Preview> {
    // Pulumi writes the salt of the passphrase into a stack's file, so that is a copy beside a Pulumi.yaml of the same name.
    const copy = join(this.directory, "projects", project);
    const file = join(copy, `Pulumi.${stack}.yaml`);
    mkdirSync(copy, { recursive: true });
    writeFileSync(join(copy, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    writeFileSync(file, config);
    await run("pulumi", ["stack", "select", "--create", stack, "--non-interactive"], { cwd: copy, env: this.env });
    let text = "";
    const args = ["preview", "--stack", stack, "--config-file", file, "--non-interactive", "--color", "never"];
    const policy = ["--policy-pack", join(projectRoot(), "test/policy")];
    const onLine = (line: string) => {
      text += `${line}\n`;
    };
    return run("pulumi", [...args, ...policy, ...more], { cwd, env: this.env, onLine }).then(
      () => ({ ok: true, text }),
      () => ({ ok: false, text }),
    );
  }
}

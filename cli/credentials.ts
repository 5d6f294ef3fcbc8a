import type { PipelineName, Settings } from "../stacks/settings";

/** A user of a server, and where the cluster keeps the password. */
export interface Credential {
  readonly server: string;
  readonly user: string;
  readonly secret: string;
  readonly key: string;
}

/** Who has JupyterLab's token is its one user. */
export const NOTEBOOK: Credential = { server: "notebook", user: "notebook", secret: "notebook-token", key: "token" };
const SCOTT = { user: "scott", secret: "mysql-scott", key: "scott" };

/** The users that the servers of a stack know. */
export function credentialsOf({ pipelines, notebook }: Pick<Settings, "pipelines" | "notebook">): Credential[] {
  const has = (name: PipelineName) => pipelines.includes(name);
  return [
    ...(has("kappa")
      ? [{ server: "mysql, phpmyadmin", ...SCOTT }]
      : has("lambda")
        ? [{ server: "mysql", ...SCOTT }]
        : []),
    ...(has("kappa") || has("lambda") ? [{ server: "mysql", user: "root", secret: "mysql-root", key: "root" }] : []),
    // Redis calls the one user that a password is enough for so.
    ...(has("smartcar") ? [{ server: "redis", user: "default", secret: "redis-password", key: "password" }] : []),
    ...(notebook ? [NOTEBOOK] : []),
  ];
}

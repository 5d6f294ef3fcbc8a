/** A user of a server, and where the cluster keeps the password. */
export interface Credential {
  readonly server: string;
  readonly user: string;
  readonly secret: string;
  readonly key: string;
}

/** The users the kappa pipeline's servers know. */
export const CREDENTIALS: readonly Credential[] = [
  { server: "mysql, phpmyadmin", user: "scott", secret: "mysql-scott", key: "scott" },
  { server: "mysql", user: "root", secret: "mysql-root", key: "root" },
];

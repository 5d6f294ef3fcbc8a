import { containerRule, type Rule } from "../rule";

const SECRET_NAME = /pass(word|wd)?$|secret|token|credential|api_?key/i;
/** Below this length a value turns up by chance. */
const MIN_LENGTH = 4;

/** Where secrets may be. */
export const secretRules: readonly Rule[] = [
  containerRule(
    "no-secret-in-env",
    "Secrets are files: an environment shows up in crash reports and in child processes.",
    ({ env = [], envFrom = [] }) => {
      const named = env.filter(
        ({ name, value, valueFrom }) => valueFrom?.secretKeyRef || (SECRET_NAME.test(name) && value !== undefined),
      );
      const whole = envFrom.filter(({ secretRef }) => secretRef);
      return named.length + whole.length > 0
        ? `secret in env ${named.map(({ name }) => name).join() || "(envFrom)"}`
        : undefined;
    },
  ),
  {
    name: "no-secret-in-config",
    says: "No value of a Secret turns up in another object.",
    violations: (objects) => {
      const secrets = objects
        .of("Secret")
        .flatMap(({ metadata, data = {}, stringData = {} }) =>
          [
            ...Object.values(data).flatMap((value) => [Buffer.from(value, "base64").toString(), value]),
            ...Object.values(stringData),
          ]
            .filter((value) => value.length >= MIN_LENGTH)
            .map((value) => ({ value, of: metadata?.name })),
        );
      return objects.all
        .filter(({ kind }) => kind !== "Secret")
        .flatMap((manifest) => {
          const text = JSON.stringify(manifest);
          return secrets
            .filter(({ value }) => text.includes(value))
            .map(({ of }) => `${manifest.kind}/${manifest.metadata?.name}: holds a value of Secret ${of}`);
        });
    },
  },
];

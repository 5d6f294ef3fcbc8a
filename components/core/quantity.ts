const MEMORY_UNITS: Record<string, number> = {
  "": 1 / 1024 ** 2,
  Ki: 1 / 1024,
  Mi: 1,
  Gi: 1024,
  Ti: 1024 ** 2,
  k: 1e3 / 1024 ** 2,
  M: 1e6 / 1024 ** 2,
  G: 1e9 / 1024 ** 2,
  T: 1e12 / 1024 ** 2,
};

/** MiB of a Kubernetes quantity such as `448Mi` or `10Gi`. @throws on anything else. */
export function parseMiB(quantity: string | number): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(String(quantity)) ?? [];
  const factor = MEMORY_UNITS[unit];
  if (amount === undefined || factor === undefined)
    throw new Error(`not a quantity of memory: ${JSON.stringify(quantity)}`);
  return Number(amount) * factor;
}

/** Thousandths of a CPU of a Kubernetes quantity such as `100m` or `2`. @throws on anything else. */
export function parseMillicores(quantity: string | number): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(m?)$/.exec(String(quantity)) ?? [];
  if (amount === undefined) throw new Error(`not a quantity of CPU: ${JSON.stringify(quantity)}`);
  return unit === "m" ? Number(amount) : Number(amount) * 1000;
}

/** Requests and limits of a container: memory is asked for in full, CPU may be exceeded where the machine has some left. */
export function resources(
  millicores: number,
  memoryMiB: number,
): {
  requests: { cpu: string; memory: string };
  limits: { memory: string };
} {
  const memory = `${memoryMiB}Mi`;
  return { requests: { cpu: `${millicores}m`, memory }, limits: { memory } };
}

const PERIOD = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/**
 * Where a running spec is not what is declared, one line each. Druid fills in its defaults and writes periods and granularities
 * in its own way, so what it has more is passed over, and `PT1H` is `PT3600S`.
 */
export function differences(declared: unknown, running: unknown, path = ""): string[] {
  if (isObject(declared) && isObject(running)) {
    return Object.entries(declared).flatMap(([key, value]) =>
      differences(value, running[key], path === "" ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(declared) && Array.isArray(running) && declared.length === running.length) {
    return declared.flatMap((value, index) => differences(value, running[index], `${path}[${index}]`));
  }
  if (declared === undefined || plain(declared) === plain(running)) return [];
  return [`${path}: ${JSON.stringify(running)} is declared as ${JSON.stringify(declared)}`];
}

/** One text for all ways of writing the same thing. */
function plain(value: unknown): string {
  if (typeof value === "string") {
    const seconds = periodSeconds(value);
    return seconds === undefined ? JSON.stringify(value) : `period of ${seconds} s`;
  }
  // A granularity without a length, as {"type":"none"}.
  if (isObject(value) && typeof value.type === "string" && Object.keys(value).length === 1) {
    return JSON.stringify(value.type.toUpperCase());
  }
  return JSON.stringify(value) ?? "undefined";
}

/** Seconds of a period of days or less, or undefined. */
export function periodSeconds(text: string): number | undefined {
  const parts = PERIOD.exec(text)?.slice(1);
  if (!parts?.some((part) => part !== undefined)) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `60m`, `2h`, `1d`, or plain seconds → seconds; undefined for anything else. */
export function seconds(text: string): number | undefined {
  const match = /^(\d{1,7})([smhd]?)$/.exec(text);
  return match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1) : undefined;
}

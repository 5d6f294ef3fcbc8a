/** Renders rows as aligned columns, a header first; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = [header, ...rows.map((row) => row.map((cell) => (cell === null ? "-" : String(cell))))];
  const widths = header.map((_, i) => Math.max(...cells.map((row) => width(row[i] ?? ""))));
  const right = header.map(
    (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === "number" || row[i] === null),
  );
  return cells
    .map((row) => {
      const padded = row.map((cell, i) => {
        const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - width(cell)));
        return right[i] ? space + cell : cell + space;
      });
      return padded.join("  ").trimEnd();
    })
    .join("\n");
}

/** `45 s`, `12 min`, `3 h`, `2 d`. */
export function age(seconds: number | null): string | null {
  if (seconds === null) return null;
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** Columns a terminal gives to a text: Hangul and other wide letters take two. */
function width(text: string): number {
  let columns = 0;
  for (const letter of text)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      letter,
    )
      ? 2
      : 1;
  return columns;
}

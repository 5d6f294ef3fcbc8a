/**
 * A number as Java writes a double. Java finds the shortest text that is the same double only since version 19; Spark's own, 17,
 * writes one digit more for a few (2e23 becomes 2.0E23, 1e23 becomes 9.999999999999999E22). Those are not imitated.
 */
export function javaDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return `${sign}Infinity`;
  if (size === 0) return `${sign}0.0`;
  if (size >= 1e-3 && size < 1e7) {
    const plain = String(size);
    return sign + (plain.includes(".") ? plain : `${plain}.0`);
  }
  const [digits = "", power = ""] = size.toExponential().split("e");
  return `${sign}${digits.includes(".") ? digits : `${digits}.0`}E${Number(power)}`;
}

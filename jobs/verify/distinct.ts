/**
 * Counts distinct numbers of a whole topic. A Set of so many takes some 40 bytes each in the JavaScript heap; these are 8
 * bytes each outside of it, sorted once at the end.
 */
export class Distinct {
  private values = new Float64Array(1024);
  private used = 0;

  /** Takes one number; NaN is nobody's id and must not be passed. */
  add(value: number): void {
    if (this.used === this.values.length) {
      const larger = new Float64Array(this.used * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.used++] = value;
  }

  /** How many different numbers were taken. */
  count(): number {
    const sorted = this.values.subarray(0, this.used).sort();
    let distinct = 0;
    for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++;
    return distinct;
  }
}

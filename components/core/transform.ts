/** Sees an object's final arguments and has the last word; for what a component's own options do not offer. */
export type Transform<T> = (args: T) => T;

/** `args` as `transform` leaves them. */
export function transformed<T>(args: T, transform: Transform<T> | undefined): T {
  return transform ? transform(args) : args;
}

import { messageOf } from "../cluster/core/failure";

/** One store of a pipeline, as `lab status` shows it. */
export interface StoreRow {
  readonly store: string;
  readonly ok: boolean;
  /** What there is to say about it, for people. */
  readonly state: string;
  /** Seconds since its newest content; null when there is none. */
  readonly newestAgeSeconds: number | null;
  /** The same as `state`, for programs. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/** Looks at several stores at once; one that does not answer fails with the reason. */
export function lookAtStores(looks: readonly (readonly [store: string, look: () => Promise<StoreRow>])[]) {
  return Promise.all(
    looks.map(([store, look]) =>
      look().catch((error: unknown): StoreRow => {
        const state = messageOf(error).split("\n")[0] ?? "";
        return { store, ok: false, state, newestAgeSeconds: null, facts: { error: state } };
      }),
    ),
  );
}

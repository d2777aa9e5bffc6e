export function corrected(results: Readonly<Record<string, unknown>>): {
  readonly results: Readonly<Record<string, unknown>>;
  readonly stale: readonly string[];
};

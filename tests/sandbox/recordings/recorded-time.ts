import type { Exchange } from './exchange.ts';

/** When an exchange was recorded, in milliseconds since the epoch, where its answer starts a task. */
export function timeOf({ response }: Exchange): number | undefined {
  const seconds = /"data":"UPID:\w+:[0-9A-F]+:[0-9A-F]+:([0-9A-F]+):/.exec(JSON.stringify(response ?? null))?.[1];
  return seconds === undefined ? undefined : Number.parseInt(seconds, 16) * 1000;
}

/** A moment just before the first task of some exchanges. */
export function timeBefore(exchanges: readonly Exchange[]): number {
  return (exchanges.map(timeOf).find((time) => time !== undefined) ?? 0) - 60_000;
}

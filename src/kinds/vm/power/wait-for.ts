import { isObject } from '../../../core/json.ts';
import type { Resource } from '../../../core/resource.ts';
import { parseDuration } from '../../../core/units.ts';
import type { Draft } from '../steps.ts';

const USUAL_MS = 300_000;

/** What a document waits for after a start. */
export interface WaitFor {
  /** Whether the agent's answer is waited for by itself. */
  readonly agent: boolean;
  /** The network interface that has to have an address; undefined where none is asked for. */
  readonly address: string | undefined;
  readonly timeoutMs: number;
}

/** What a document waits for after a start; undefined where it waits for nothing. */
export function waitForOf(resource: Resource): WaitFor | undefined {
  const written = resource.spec['waitFor'];
  if (!isObject(written)) return undefined;
  const { agent, address } = written as { readonly agent?: unknown; readonly address?: unknown };
  const timeoutMs = typeof agent === 'string' ? parseDuration(agent) : undefined;
  return {
    agent: timeoutMs !== undefined,
    address: typeof address === 'string' ? address : undefined,
    timeoutMs: timeoutMs ?? USUAL_MS,
  };
}

/** The steps that wait, after a start, for the guest agent and for an address. They only read. */
export function waitForDrafts(resource: Resource): readonly Draft[] {
  const wanted = waitForOf(resource);
  if (wanted === undefined) return [];
  const { agent, address, timeoutMs } = wanted;
  const draft = (title: string, more: { readonly address?: string }): Draft => ({
    title,
    effect: 'none',
    await: { for: 'agent', ...more, timeoutMs },
    hints: ['The guest runs. Look at its console; another run does not wait again, unless it restarts the guest.'],
  });
  return [
    ...(agent ? [draft('wait for the guest agent', {})] : []),
    ...(address === undefined ? [] : [draft(`wait for an address on ${address}`, { address })]),
  ];
}

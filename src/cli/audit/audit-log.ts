import { randomUUID } from 'node:crypto';
import { PvevmError } from '../../core/error.ts';
import type { ApplyEvent, StepRef } from '../../core/event.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import type { PveClient } from '../../pve/reader.ts';
import type { AuditBody, AuditOpening } from '../../report/audit/audit-record.ts';
import type { AuditFile } from './audit-file.ts';
import { auditedClient } from './audited-client.ts';

/** The audit log of one run. */
export interface AuditLog {
  /** Aborted when the log can no longer be written: nothing new may begin. */
  readonly signal: AbortSignal;
  /** Why it can no longer be written. */
  failure(): PvevmError | undefined;
  /** Records who does what. Throws `AUDIT` where that cannot be written: then nothing was sent yet. */
  open(opening: AuditOpening): void;
  /** Records an event. Of progress only what a step waits for. Never throws. */
  event(event: ApplyEvent): void;
  /** The client that a step sends with. Its writes throw `AUDIT` where they cannot be recorded, and are not sent then. */
  clientOf(client: PveClient, ref: StepRef): PveClient;
  /** The head of the log, for somebody to keep elsewhere. */
  head(): string;
  close(): void;
}

/** What the log of a run is made of. */
export interface AuditLogOptions {
  readonly file: AuditFile;
  readonly plan: Plan;
  /** Milliseconds since the epoch, by the clock of the machine. */
  readonly wallClock: () => number;
  /** By the clock of the server, as it was with its last answer. */
  readonly serverClock: () => number | undefined;
  /** A text without the secrets that the program knows. */
  readonly clean: (text: string) => string;
}

/** Words of the log itself, which a secret may be like. */
const WORDS: ReadonlySet<string> = new Set(['type', 'outcome', 'method', 'code', 'formatVersion']);

function mapTexts(value: Json, map: (text: string) => string): Json {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapTexts(item, map));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, item]) => [name, WORDS.has(name) ? item : mapTexts(item, map)]),
  );
}

// What a record says must be on the disk before anything rests on it: the next request takes along what stands before it.
const DURABLE: ReadonlySet<string> = new Set(['run.started', 'run.finished']);

/** Makes the audit log of a run, which records its events and its requests in a file. */
export function createAuditLog({ file, plan, wallClock, serverClock, clean }: AuditLogOptions): AuditLog {
  const run = randomUUID();
  const controller = new AbortController();
  let failure: PvevmError | undefined;
  let number = 0;
  /** The params of each step that are secrets. */
  const secrets = new Map<string, readonly string[]>();
  const learn = (plans: readonly ResourcePlan[]): void => {
    for (const { steps } of plans) for (const { id, request } of steps) secrets.set(id, request?.secrets ?? []);
  };
  learn(plan.resources);
  const waitingFor = new Map<string, string>();

  const failed = (error: unknown): PvevmError => {
    failure ??=
      error instanceof PvevmError ? error : new PvevmError('AUDIT', 'cannot write the audit log', { cause: error });
    controller.abort(failure);
    return failure;
  };
  const write = (body: AuditBody, isDurable: boolean): void => {
    if (failure !== undefined) throw failure;
    const time = new Date(wallClock()).toISOString();
    const server = serverClock();
    const serverTime = server === undefined ? {} : { serverTime: new Date(server).toISOString() };
    // A body is plain data; what JSON has no place for is not in it.
    const cleaned = mapTexts(JSON.parse(JSON.stringify(body)) as Json, (text) => clean(redact(text))) as JsonObject;
    try {
      file.append({ time, ...serverTime, run, ...(cleaned as unknown as AuditBody) }, isDurable);
    } catch (error) {
      throw failed(error);
    }
  };
  /** For what has happened already: the run ends by the signal. */
  const writeAfter = (body: AuditBody, isDurable: boolean): void => {
    try {
      write(body, isDurable);
    } catch (error) {
      if (error !== failure) throw error;
    }
  };
  const isNews = (event: ApplyEvent): boolean => {
    if (event.type !== 'step.progress') return true;
    if (event.waitingFor === undefined || waitingFor.get(event.step) === event.waitingFor) return false;
    waitingFor.set(event.step, event.waitingFor);
    return true;
  };
  const recorder = {
    before: async (body: AuditBody): Promise<void> => {
      write(body, false);
      try {
        await file.sync();
      } catch (error) {
        throw failed(error);
      }
    },
    after: (body: AuditBody): void => writeAfter(body, false),
    nextNumber: (): number => {
      number += 1;
      return number;
    },
  };
  return {
    signal: controller.signal,
    failure: () => failure,
    open: (opening) => write(opening, true),
    event: (event) => {
      // Steps that were not in the plan.
      if (event.type === 'resource.replanned') learn([event.plan]);
      if (event.type === 'rollback.started') learn(event.resources);
      if (isNews(event)) writeAfter({ type: 'event', event }, DURABLE.has(event.type));
    },
    clientOf: (client, ref) => auditedClient(client, ref, secrets.get(ref.step) ?? [], recorder),
    head: () => file.head(),
    close: () => file.close(),
  };
}

import { PvevmError } from '../../core/error.ts';
import type { StepRef } from '../../core/event.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { REDACTED } from '../../core/redact.ts';
import type { PveClient } from '../../pve/reader.ts';
import { parseUpid } from '../../pve/upid.ts';
import type { AuditBody } from '../../report/audit/audit-record.ts';

// Whatever the plan says of them.
const SECRET_PARAMETER = /password|secret|keyring|private|token-value/i;

/** Where the requests of a client are recorded. */
export interface RequestRecorder {
  /** Records what is about to be sent, on the disk; throws where it cannot, and then nothing is sent. */
  readonly before: (body: AuditBody) => Promise<void>;
  /** Records what became of it. */
  readonly after: (body: AuditBody) => void;
  /** The number of the next request. */
  readonly nextNumber: () => number;
}

type Write = 'post' | 'put' | 'delete';

function masked(params: Readonly<Record<string, Json | undefined>>, secrets: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name, secrets.includes(name) || SECRET_PARAMETER.test(name) ? REDACTED : value]];
    }),
  );
}

/**
 * Makes a client for one step, which records each write before it is sent, and its answer after; `secrets` are the params
 * that are masked. Reads are not recorded.
 */
export function auditedClient(
  client: PveClient,
  ref: StepRef,
  secrets: readonly string[],
  recorder: RequestRecorder,
): PveClient {
  const recorded =
    (name: Write): PveClient[Write] =>
    async (path, options) => {
      const of = { number: recorder.nextNumber(), resource: ref.resource, step: ref.step };
      const method = name === 'post' ? 'POST' : name === 'put' ? 'PUT' : 'DELETE';
      await recorder.before({ type: 'request', ...of, method, path, params: masked(options?.params ?? {}, secrets) });
      try {
        const answer = await client[name](path, options);
        const upid = parseUpid(answer) === undefined ? {} : { upid: String(answer) };
        recorder.after({ type: 'answer', ...of, outcome: 'ok', ...upid });
        return answer;
      } catch (error) {
        const known = error instanceof PvevmError ? error : undefined;
        const message = error instanceof Error ? error.message : String(error);
        const status = known?.status === undefined ? {} : { status: known.status };
        const failure = { code: known?.code ?? 'INTERNAL', message, ...status } as const;
        recorder.after({ type: 'answer', ...of, outcome: 'failed', error: failure });
        throw error;
      }
    };
  return {
    ...client,
    // A spread would read these once.
    get endpoint() {
      return client.endpoint;
    },
    post: recorded('post'),
    put: recorded('put'),
    delete: recorded('delete'),
  };
}

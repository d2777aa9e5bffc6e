import { assertNever } from '../core/assert-never.ts';
import { type ErrorCode, PvevmError, type PvevmErrorOptions } from '../core/error.ts';
import { isObject } from '../core/json.ts';
import { redact } from '../core/redact.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { Credentials } from './authentication/credentials.ts';
import type { Method } from './request.ts';

/** What was asked, for the words of an error. */
export interface Attempt {
  readonly method: Method;
  /** The path below `/api2/json`, without a query. */
  readonly path: string;
  readonly endpoint: string;
  /** Texts that must not appear in any message. */
  readonly secrets: readonly string[];
  /** How the request says who it is; `none` before a login. */
  readonly login?: Credentials['type'] | 'none';
}

/** A server's answer that is no success. */
export interface RefusedAnswer {
  readonly status: number;
  /** The reason phrase; Proxmox VE puts the first line of its message there. */
  readonly reason: string;
  /** The body, as text. */
  readonly body: string;
}

const VERBS: Readonly<Record<Method, string>> = { GET: 'read', POST: 'post to', PUT: 'write', DELETE: 'delete' };

/** As in `cannot read /nodes/pve1/qemu: REASON`; one line, without secrets or control characters. */
export function attemptFailed(
  code: ErrorCode,
  attempt: Attempt,
  reason: string,
  options: PvevmErrorOptions = {},
): PvevmError {
  const clean = (text: string): string => sanitizeLine(redact(text, attempt.secrets));
  const parameters = Object.fromEntries(
    Object.entries(options.parameters ?? {}).map(([name, text]) => [sanitizeLine(name), clean(text)]),
  );
  return new PvevmError(code, `cannot ${VERBS[attempt.method]} ${clean(attempt.path)}: ${clean(reason)}`, {
    ...options,
    ...(options.hints === undefined ? {} : { hints: options.hints.map(clean) }),
    parameters,
  });
}

/** The error for an answer that is no success: Proxmox VE's own words, and the code that they mean. */
export function errorOfAnswer(attempt: Attempt, answer: RefusedAnswer): PvevmError {
  const { message, parameters } = readBody(answer.body);
  const words = message === '' ? answer.reason : message;
  const refused = Object.entries(parameters).map(([name, text]) => `${name}: ${text}`);
  const base = words === '' ? `HTTP status ${answer.status}` : words.replace(/\.$/, '');
  const reason = refused.length === 0 ? base : `${base}: ${refused.join(', ')}`;
  const { code, hints = [], comment = '' } = meaningOf(answer.status, reason, attempt);
  return attemptFailed(code, attempt, `${reason}${comment}`, { status: answer.status, parameters, hints });
}

/** What an answer means: its code, what to do, and words that Proxmox VE does not say itself. */
interface Meaning {
  readonly code: ErrorCode;
  readonly hints?: readonly string[];
  readonly comment?: string;
}

function meaningOf(status: number, reason: string, attempt: Attempt): Meaning {
  switch (status) {
    case 400:
      return { code: 'PVE_PARAMETER' };
    case 401:
      return { code: 'AUTHENTICATION', hints: loginHints(attempt.login) };
    case 403:
      return permissionMeaning(reason);
    // Proxmox VE has no 404 (recorded): not even for a path that it does not know.
    case 404:
      return { code: 'PVE_ERROR', hints: ['Check that the endpoint is a Proxmox VE, and the path in it.'] };
    case 500:
      return { code: codeOfText(reason) };
    // pveproxy could not connect to the node that the path names (pve-http-server: PVE/APIServer/AnyEvent.pm).
    case 595:
      return { code: 'CONNECT', hints: [`Check that the node is online; ${attempt.endpoint} could not reach it.`] };
    // pveproxy waited for 30 s, or lost the connection: the request may have been carried out all the same.
    case 596:
    case 504:
      return { code: 'TIMEOUT', comment: unknownOutcome(attempt.method) };
    case 599:
      return { code: 'PVE_ERROR', comment: unknownOutcome(attempt.method) };
    case 502:
    case 503:
      return {
        code: 'CONNECT',
        comment: unknownOutcome(attempt.method),
        hints: ['Something in front of Proxmox VE answered; check that pveproxy is running.'],
      };
    default:
      return { code: 'PVE_ERROR' };
  }
}

function loginHints(login: Attempt['login'] = 'token'): readonly string[] {
  switch (login) {
    case 'token':
      return [
        'Check that the token is whole (user@realm!name=uuid) and that this cluster knows it.',
        'Check in Datacenter > Permissions > API Tokens that neither the token nor its user has expired or is disabled.',
      ];
    case 'password':
      return ['Check that the user is enabled and has not expired, and that the clocks of the nodes agree.'];
    case 'ticket':
      return [
        'A ticket is valid for two hours, and only on the cluster that gave it: obtain a new one.',
        'Or use an API token, or a user and password, which pvevm renews by itself.',
      ];
    case 'none':
      return [];
    default:
      return assertNever(login);
  }
}

/** What to add to the words of a request whose answer was lost: a write may have been carried out. */
export function unknownOutcome(method: Method): string {
  return method === 'GET' ? '' : ' (the outcome of the request is unknown)';
}

function permissionMeaning(reason: string): Meaning {
  // pve-access-control: PVE/RPCEnvironment.pm, as in `Permission check failed (/vms/100, VM.Config.Disk|VM.Config.CPU)`.
  const [, path, privileges] = /Permission check failed \((\/[^,]*), ([\w.|]+)\)/.exec(reason) ?? [];
  if (path === undefined || privileges === undefined) return { code: 'PERMISSION' };
  const needed = privileges.replaceAll('|', ' or ');
  return {
    code: 'PERMISSION',
    hints: [
      `Grant the token a role with ${needed} on ${path}.`,
      'A token with privilege separation has only what both it and its user were granted.',
    ],
  };
}

/** Proxmox VE answers 500 for nearly everything; these are the texts that mean something a program can act on. */
const TEXTS: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  // pve-cluster: PVE/Cluster.pm, check_vmid_unused; the second is qemu-server's clone (PVE/API2/Qemu.pm).
  [/\b(?:VM|CT) \d+ already exists on node/, 'ID_TAKEN'],
  [/: config file already exists$/, 'ID_TAKEN'],
  // pve-guest-common: PVE/AbstractConfig.pm, check_lock.
  [/\b(?:VM|CT) is locked \([\w-]+\)/, 'LOCKED'],
  // pve-common: PVE/Tools.pm, lock_file; pve-cluster: PVE/Cluster.pm, cfs_lock. Nothing was changed; another task is at it.
  [/can't lock file '[^']*' - got timeout/, 'BUSY'],
  [/cfs-lock '[^']*' error: (?:got lock request timeout|no quorum!)/, 'BUSY'],
  // pve-cluster: PVE/Cluster.pm, check_cfs_quorum: also for the seconds in which a node joins or leaves.
  [/cluster not ready - no quorum\?/, 'BUSY'],
  // qemu-server: PVE/API2/Qemu.pm; all others: pve-common: PVE/Tools.pm, assert_if_modified.
  [/checksum mismatch/, 'STALE'],
  [/detected modified configuration/, 'STALE'],
  // Somebody else has done it, or taken away what it was to be done to. pve-ha-manager: PVE/API2/HA/Resources.pm.
  [/\bresource ID '[^']*' already defined$/, 'STALE'],
  [/\bupdate resources config failed: no such resource /, 'STALE'],
  // qemu-server: PVE/API2/Qemu.pm, template.
  [/\byou can't convert a template to a template$/, 'STALE'],
  // pve-manager: PVE/API2/Pool.pm, update_pool.
  [/\bVM \d+ (?:is already a pool member|is not a pool member|belongs already to pool )/, 'STALE'],
  // Lower case, from Perl code: `Configuration file '…' does not exist` (pve-guest-common: PVE/AbstractConfig.pm),
  // `storage '…' does not exist` (pve-storage: PVE/Storage.pm), `pool '…' does not exist` (pve-access-control),
  // `resource '…' does not exist in cluster` (pve-ha-manager). Not `invalid bootorder: device 'ide2' does not exist'`.
  [/ does not exist(?: in cluster)?\.?$/m, 'PVE_NOT_FOUND'],
  // `no such resource 'vm:999'` (pve-ha-manager), `no such cluster node 'pve9'` (pve-cluster). With a capital it is the
  // C library's, about a file of the host.
  [/\bno such /, 'PVE_NOT_FOUND'],
];

/** What a message of Proxmox VE means, in an answer or as a task's exit status; `PVE_ERROR` where it says nothing more. */
export function codeOfText(text: string): ErrorCode {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'PVE_ERROR';
}

function readBody(body: string): { readonly message: string; readonly parameters: Readonly<Record<string, string>> } {
  // A 401 has no body, a transport error a plain text, a proxy in between a page of HTML: the reason phrase is enough.
  const content = parseJson(body);
  if (!isObject(content)) return { message: '', parameters: {} };
  const errors = isObject(content['errors']) ? content['errors'] : {};
  const message = typeof content['message'] === 'string' ? content['message'] : '';
  return {
    message: oneLine(message),
    parameters: Object.fromEntries(Object.entries(errors).map(([name, text]) => [name, oneLine(String(text))])),
  };
}

/** The JSON of a text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, '; ');
}

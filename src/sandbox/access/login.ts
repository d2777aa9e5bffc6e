import type { Json, JsonObject } from '../../core/json.ts';
import { ApiError, failure } from '../api-error.ts';
import { normalizeAclPath } from '../check-permissions.ts';
import { splitList } from '../check-value.ts';
import { secretOf } from '../files/tfa-cfg.ts';
import type { HouseCall, HouseEndpoint, SandboxState } from '../house.ts';
import { apiPermissions } from './api-permissions.ts';
import { checkPassword } from './check-password.ts';
import { totpStep } from './totp.ts';
import { checkUserEnabled, parseUserId } from './user-id.ts';

/** Logging in (pve-access-control: PVE/API2/AccessControl.pm, create_ticket). */
export const loginEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/access/ticket', handle: () => null },
  { method: 'POST', path: '/access/ticket', handle: login },
];

interface Login {
  readonly userid: string;
  readonly password: string;
  readonly otp: string | undefined;
  readonly challenge: string | undefined;
}

function login({ host, params }: HouseCall): Json {
  const text = (name: string): string | undefined => (params[name] === undefined ? undefined : String(params[name]));
  const realm = text('realm');
  const userid = `${text('username')}${realm === undefined ? '' : `@${realm}`}`;
  const attempt: Login = {
    ...{ userid, password: text('password') ?? '', otp: text('otp'), challenge: text('tfa-challenge') },
  };
  let result: JsonObject;
  try {
    checkUserEnabled(host.access, userid, host.clock.now());
    const [path, privileges] = [text('path'), text('privs')];
    result = path && privileges ? verified(host, attempt, path, privileges) : ticketOf(host, attempt);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // The one answer to every failure: it must not tell which users there are.
    throw new ApiError(401, 'authentication failure\n');
  }
  const isComplete = result['NeedTFA'] === undefined;
  const mayAudit = host.access.privileges(userOf(userid), '/').has('Sys.Audit');
  return {
    ...result,
    ...(isComplete ? { cap: apiPermissions(host.access, userOf(userid)) } : {}),
    ...(host.clusterName !== null && mayAudit ? { clustername: host.clusterName } : {}),
  };
}

const userOf = (id: string) => ({ id, isRoot: id === 'root@pam' });

function ticketOf(host: SandboxState, attempt: Login): JsonObject {
  const { userid, password, otp, challenge } = attempt;
  if (otp !== undefined && challenge !== undefined) throw failure('a code belongs into the password here');
  // An old ticket is as good as a password, for a new one; root@pam's is for anybody.
  const renews = challenge === undefined ? host.tickets.read(password) : undefined;
  const isRenewal = renews === 'root@pam' || renews === userid;
  const question = isRenewal ? undefined : secondFactor(host, attempt);
  return {
    ticket: question === undefined ? host.tickets.issue(userid) : host.tickets.issue(`!tfa!${question}`, userid),
    username: userid,
    CSRFPreventionToken: host.tickets.issueCsrfToken(userid),
    ...(question === undefined ? {} : { NeedTFA: 1 }),
  };
}

/** Checks the password, and the second factor where it is given; what is to be asked for where it is not. */
function secondFactor(host: SandboxState, { userid, password, otp, challenge }: Login): string | undefined {
  parseUserId(userid);
  if (challenge !== undefined) {
    if (host.tickets.read(challenge, userid)?.startsWith('!tfa!') !== true) throw failure('bad ticket');
    checkCode(host, userid, password);
    return undefined;
  }
  checkPassword(host.access, userid, password);
  const hasTotp = (host.access.totp.get(userid) ?? []).length > 0;
  if (otp !== undefined) {
    if (!hasTotp) throw failure('no such challenge');
    checkCode(host, userid, otp);
    return undefined;
  }
  return hasTotp ? encodeURIComponent(JSON.stringify({ totp: true })) : undefined;
}

/** A code comes as `totp:123456` in both forms of login (proxmox-tfa: src/api/mod.rs, TfaResponse). */
function checkCode({ access, clock }: SandboxState, userid: string, response: string): void {
  const code = /^totp:(\d{6})$/.exec(response)?.[1];
  for (const entry of access.totp.get(userid) ?? []) {
    const secret = secretOf(entry);
    const step = code === undefined ? undefined : totpStep(secret, code, clock.now());
    if (step === undefined || step <= (access.usedTotpSteps.get(secret) ?? 0)) continue;
    access.usedTotpSteps.set(secret, step);
    return;
  }
  throw failure('failed 2nd factor');
}

/** Checks a ticket or a password, and a privilege; makes no ticket. */
function verified(host: SandboxState, attempt: Login, path: string, privileges: string): JsonObject {
  const { userid, password } = attempt;
  if (host.tickets.read(password) !== userid && secondFactor(host, attempt) !== undefined) {
    throw failure('a second factor is missing');
  }
  const normalized = normalizeAclPath(path);
  const held = host.access.privileges(userOf(userid), normalized);
  const asked = splitList(privileges);
  if (normalized === '' || asked.length === 0 || asked.some((name) => !held.has(name))) {
    throw failure(`no permission (${path}, ${privileges})`);
  }
  return { username: userid };
}

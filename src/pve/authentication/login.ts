import { PvevmError } from '../../core/error.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Outgoing } from '../connection/transport.ts';
import { rowOf } from '../decode.ts';
import { bodyOf } from '../request.ts';
import { decodeRealms, REALMS_REQUEST } from './realms.ts';
import { answerOfCode, readTfaChallenge, type TfaChallenge } from './tfa-challenge.ts';

/** A ticket and what belongs to it. */
export interface IssuedTicket {
  readonly ticket: string;
  readonly csrfToken: string;
}

/** Sends a request that needs no login. */
export type SendUnsigned = (outgoing: Outgoing) => Promise<unknown>;

/** Who logs in. `username` has its realm; `nextCode` gives a one-time code, or undefined where there is none. */
export interface LoginRequest {
  readonly username: string;
  /** A password, or a ticket that is still valid. */
  readonly password: string;
  readonly nextCode: () => Promise<string | undefined>;
  /** How long one answer may take, in milliseconds. */
  readonly timeoutMs: number;
}

const PATH = '/access/ticket';
const USE_TOKEN = 'Or use an API token, which needs no second factor.';

/**
 * Obtains a ticket, with a second factor where the server asks for one (pve-access-control: PVE/API2/AccessControl.pm,
 * create_ticket). Throws `AUTHENTICATION` where the server refuses; the password is sent once.
 */
export async function logIn(request: LoginRequest, send: SendUnsigned): Promise<IssuedTicket> {
  const { username, password } = request;
  const answer = await post(request, send, { password }, [password], async (refused) =>
    loginFailed(username, reasonOf(refused), refused, await realmHints(username, request, send)),
  );
  const row = rowOf(PATH, answer);
  if (!row.flag('NeedTFA')) return issuedBy(answer);
  const challengeTicket = row.text('ticket');
  const challenge = readTfaChallenge(challengeTicket);
  const code = await codeFor(request, challenge);
  const params = { password: answerOfCode(code, challenge), 'tfa-challenge': challengeTicket };
  return issuedBy(
    await post(request, send, params, [password, code.trim(), challengeTicket], async (refused) =>
      loginFailed(username, 'the one-time code was refused', refused, [
        'Give the next code: each is valid for half a minute, and once. Check the clock of the device that makes them.',
        'After several wrong codes the second factor is locked: Datacenter > Permissions > Two Factor.',
      ]),
    ),
  );
}

async function post(
  { username, timeoutMs }: LoginRequest,
  send: SendUnsigned,
  params: Readonly<Record<string, string>>,
  secrets: readonly string[],
  refusal: (refused: PvevmError) => Promise<PvevmError>,
): Promise<unknown> {
  try {
    return await send({
      method: 'POST',
      path: PATH,
      query: '',
      // Before 8.0 the form of the challenge is the old one unless the new one is asked for.
      body: bodyOf({ username, ...params, 'new-format': 1 }),
      headers: {},
      secrets,
      login: 'none',
      timeoutMs,
    });
  } catch (error) {
    if (error instanceof PvevmError && error.status === 401) throw await refusal(error);
    throw error;
  }
}

function issuedBy(answer: unknown): IssuedTicket {
  const row = rowOf(PATH, answer);
  return { ticket: row.text('ticket'), csrfToken: row.text('CSRFPreventionToken') };
}

async function codeFor({ username, nextCode }: LoginRequest, challenge: TfaChallenge): Promise<string> {
  if (!challenge.totp && !challenge.recovery && !challenge.yubico) {
    throw loginFailed(username, 'its second factor is WebAuthn or U2F, which only a browser can answer', undefined, [
      'Use an API token, which needs no second factor, or add a TOTP factor to the user.',
    ]);
  }
  const code = await nextCode();
  if (code !== undefined && code.trim() !== '') return code;
  throw loginFailed(username, 'it has a second factor, and no one-time code was given', undefined, [
    'Give a one-time code.',
    USE_TOKEN,
  ]);
}

async function realmHints(username: string, request: LoginRequest, send: SendUnsigned): Promise<readonly string[]> {
  const realm = username.slice(username.lastIndexOf('@') + 1);
  const hint = 'Check the password, and the realm after the @ of the user.';
  try {
    const answer = await send({ ...REALMS_REQUEST, timeoutMs: request.timeoutMs });
    const realms = decodeRealms(answer).map((item) => item.realm);
    const known = sanitizeLine(`This server knows the realms ${realms.sort().join(', ')}.`);
    return realms.includes(realm) ? [hint, known] : [`There is no realm ${realm}. ${known}`];
  } catch {
    // The refusal is what matters; the list is only a help.
    return [hint];
  }
}

function loginFailed(
  username: string,
  reason: string,
  cause: PvevmError | undefined,
  hints: readonly string[],
): PvevmError {
  return new PvevmError('AUTHENTICATION', `cannot log in as ${username}: ${reason}`, {
    hints,
    ...(cause?.status === undefined ? {} : { status: cause.status }),
  });
}

function reasonOf(refused: PvevmError): string {
  return refused.message.replace(/^cannot post to \S+: /, '');
}

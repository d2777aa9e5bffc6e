import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { createPveClient } from '../../pve/client.ts';
import { systemClock } from '../../pve/clock.ts';
import { proxyFromEnvironment } from '../../pve/connection/proxy.ts';
import { parseEndpoint } from '../../pve/endpoints/endpoint.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { askLine } from '../ask.ts';
import { type Context, checkContextsCanBeWritten, readContexts, saveContext } from '../contexts.ts';
import { displayHome } from '../home.ts';
import type { Io } from '../io.ts';
import { contextNameFor, mayWriteContext } from '../login/context-name.ts';
import { type CreatedToken, createToken, removalCommand } from '../login/create-token.ts';
import { givenToken } from '../login/given-token.ts';
import type { LoginOptions } from '../login/login-options.ts';
import { type LoginReport, loginText } from '../login/login-text.ts';
import { signIn } from '../login/sign-in.ts';
import { testToken } from '../login/test-token.ts';
import { type LoginScope, type VerifiedServer, verifyServer } from '../login/verify-server.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';
import { listOf, variable } from '../settings/variables.ts';

async function endpointOf(given: string | undefined, io: Io): Promise<string> {
  const known = given ?? listOf(variable(io.env, 'PVEVM_ENDPOINT'))[0];
  if (known !== undefined) return parseEndpoint(known);
  if (io.stdin.isTTY !== true) {
    throw new PvevmError('USAGE', 'cannot log in: no endpoint is given', {
      hints: ['Give the URL of a node: pvevm login https://pve1:8006'],
    });
  }
  return parseEndpoint(await askLine('Endpoint, as in https://pve1:8006: ', io));
}

/** The settings about trust as a context stores them: what was pinned, or a path in place of a file's text. */
function storedTrust({ trust }: VerifiedServer, { options, io }: LoginScope): Partial<Context> {
  const { ca, fingerprints, insecure } = trust;
  if (ca !== undefined) return { ca: resolve(io.cwd, options.ca ?? variable(io.env, 'PVEVM_CA') ?? '') };
  if (fingerprints !== undefined) return { fingerprints };
  return insecure === true ? { insecure } : {};
}

/** Signs in with a password and creates a token. */
async function newToken(endpoint: string, { trust, realms }: VerifiedServer, scope: LoginScope): Promise<CreatedToken> {
  const { options, io, clock, proxy } = scope;
  const credentials = await signIn(options, realms, io);
  const client = createPveClient({ endpoint, credentials, trust, proxy, clock });
  try {
    const name = { ...(options.tokenName === undefined ? {} : { asked: options.tokenName }), hostname: hostname() };
    return await createToken(client, client.user, name, options.privsep === true);
  } finally {
    await client.close();
  }
}

/** Does what may fail after a token was created, so that the failure says what is left behind. */
async function mindingToken<Result>(created: CreatedToken | undefined, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (created === undefined || !(error instanceof PvevmError)) throw error;
    const { code, message, cause, details, hints, parameters } = error;
    const left = `The token ${created.id} was created, and is not in use. To remove it, run on a node: ${removalCommand(created.userid, created.name)}`;
    throw new PvevmError(code, message, { cause, details, parameters, hints: [left, ...hints] });
  }
}

/**
 * Sets a connection up: verifies the server, takes a token or creates one, tests it, and writes a context. Gives the
 * exit code back. The secret goes into the context file, and nowhere else.
 */
export async function runLogin(given: string | undefined, options: LoginOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const existing = await readContexts(io.env);
  const endpoint = await endpointOf(given, io);
  const name = options.context ?? contextNameFor(endpoint);
  if (!(await mayWriteContext(name, existing, options, io))) {
    output.problem('Nothing was changed.');
    return EXIT_CODES.consent;
  }
  // Before a token is made that nothing would hold.
  await checkContextsCanBeWritten(io.env);
  const clock = systemClock;
  const scope: LoginScope = { options, io, clock, proxy: proxyFromEnvironment(io.env) };
  const found = await givenToken(options, io);
  const server = await verifyServer(endpoint, scope);
  if (server.trust.insecure === true) {
    const warning = output.problemTheme.warning('warning:');
    output.problem(`${warning} the server is not verified: anybody in between can read what is sent, secrets too`);
  }
  const created = found === undefined ? await newToken(endpoint, server, scope) : undefined;
  const token = found?.token ?? created?.token ?? '';
  const target = { endpoint, trust: server.trust, proxy: scope.proxy, clock };
  const tested = await mindingToken(created, () => testToken(token, target));
  const context: Context = { endpoints: [endpoint], ...(found?.stored ?? { token }), ...storedTrust(server, scope) };
  const isCurrent = options.use === true || existing.contexts.size === 0 || existing.current === name;
  await mindingToken(created, () => saveContext(io.env, name, context, { use: isCurrent }));
  const report: LoginReport = {
    ...{ endpoint, server, tested, created, name, isCurrent },
    file: displayHome(existing.path, io.env),
  };
  if (options.json === true) {
    output.json({
      ...{ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit('ok'), context: name, current: isCurrent },
      ...{ file: existing.path, endpoint, user: tested.user, version: tested.version, nodes: tested.nodes },
      ...{ tokenCreated: created?.id ?? null, fingerprints: server.trust.fingerprints ?? [] },
      grants: created?.privsep === true ? tested.grants : [],
    });
  } else output.result(loginText(report));
  return EXIT_CODES.ok;
}

import { createServer as createPlainServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import nock from 'nock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PvevmError } from '../../../src/core/error.ts';
import { exitNameOf } from '../../../src/core/exit-code.ts';
import { createPveClient, type PveClientOptions } from '../../../src/pve/client.ts';
import { readCertificate } from '../../../src/pve/connection/certificate.ts';
import { readFingerprint } from '../../../src/pve/connection/fingerprint.ts';
import { createFakeClock } from '../fake-clock.ts';
import { startHttpsServer, type TestServer } from '../https-server.ts';

const TOKEN = 'root@pam!test=12345678-1234-1234-1234-123456789abc';
const DAY = 24 * 60 * 60 * 1000;
const HAS_IPV6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
let seen = 0;

function startServer(
  ...rest: Parameters<typeof startHttpsServer> extends [unknown, ...infer Rest] ? Rest : never
): Promise<TestServer> {
  return startHttpsServer(
    (_request, response) => {
      seen += 1;
      response.end('{"data":"here"}');
    },
    ...rest,
  );
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function get(endpoint: string, options: Partial<PveClientOptions> = {}): Promise<unknown> {
  const credentials = { type: 'token', token: TOKEN } as const;
  const pve = createPveClient({ endpoint, credentials, clock: createFakeClock(), ...options });
  try {
    return await pve.get('/version');
  } finally {
    await pve.close();
  }
}

/** The failure of a request of which the server saw nothing. */
async function failureOf(endpoint: string, options: Partial<PveClientOptions> = {}): Promise<PvevmError> {
  const before = seen;
  const error: unknown = await get(endpoint, options).catch((thrown: unknown) => thrown);
  expect(seen).toBe(before);
  const failure = error as PvevmError;
  expect(exitNameOf(failure.code)).toBe('unreachable');
  return failure;
}

let server: TestServer;
beforeAll(async () => {
  // nock names an IPv6 address without its brackets.
  nock.enableNetConnect(/^(?:127\.0\.0\.1|localhost|::1):\d+/);
  server = await startServer();
});
afterAll(() => server.close());

describe('R-49: a certificate that is refused', () => {
  it('because of its authority is an error that offers to pin it, with what to compare', async () => {
    const error = await failureOf(server.endpoint);
    expect(error.code).toBe('TLS');
    expect(error.message).toContain('is not trusted: it is signed by no authority (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(error.hints).toEqual([
      `If 'pvenode cert info' on the node prints this same fingerprint, pin it: --fingerprint ${server.fingerprint} (or pvevm login)`,
      "Or give the cluster's certificate authority: --ca FILE, a copy of /etc/pve/pve-root-ca.pem.",
    ]);
  });

  it('because it has expired is an error that says since when, and how to renew it', async () => {
    const expired = await startServer('127.0.0.1', {
      notBefore: new Date(Date.now() - 20 * DAY),
      notAfter: new Date('2024-05-06T07:08:09Z'),
    });
    const error = await failureOf(expired.endpoint, { trust: { ca: expired.ca } });
    expect(error.code).toBe('TLS');
    expect(error.message).toContain('has expired on 2024-05-06 (CERT_HAS_EXPIRED)');
    expect(error.hints).toEqual([
      expect.stringContaining('pvecm updatecerts -f'),
      expect.stringContaining(`--fingerprint ${expired.fingerprint}`),
    ]);
    expect(await get(expired.endpoint, { trust: { fingerprints: [expired.fingerprint] } })).toBe('here');
    await expired.close();
  });

  it('because it is not valid yet is an error that points at the clocks', async () => {
    const notBefore = new Date(Date.now() + 2 * DAY);
    const early = await startServer('127.0.0.1', { notBefore });
    const error = await failureOf(early.endpoint, { trust: { ca: early.ca } });
    expect(error.code).toBe('TLS');
    expect(error.message).toContain(`only from ${notBefore.toISOString().slice(0, 10)} (CERT_NOT_YET_VALID)`);
    expect(error.hints[0]).toContain('clocks');
    await early.close();
  });

  it('because it is for another host is an error that says for which', async () => {
    const other = await startServer('127.0.0.2');
    const error = await failureOf(other.endpoint, { trust: { ca: other.ca } });
    expect(error.code).toBe('TLS');
    expect(error.message).toContain('is for another host (ERR_TLS_CERT_ALTNAME_INVALID)');
    expect(error.hints[0]).toBe('Use a name that it is for, in place of 127.0.0.1: 127.0.0.2.');
    await other.close();
  });

  it('because it is not the pinned one is an error that shows both fingerprints', async () => {
    const pinned = 'AB'.repeat(32);
    const error = await failureOf(server.endpoint, { trust: { fingerprints: [pinned] } });
    expect(error.code).toBe('TLS');
    expect(error.message).toContain(server.fingerprint);
    expect(error.message).toContain('AB:AB:');
    expect(error.hints[1]).toContain(`--fingerprint ${server.fingerprint} (or pvevm login)`);
  });
});

describe('R-49: a certificate that is trusted', () => {
  it('because one of several fingerprints is its own', async () => {
    expect(await get(server.endpoint, { trust: { fingerprints: ['AB'.repeat(32), server.fingerprint] } })).toBe('here');
  });

  it('serves several connections, of which the later ones resume the session', async () => {
    const credentials = { type: 'token', token: TOKEN } as const;
    const pve = createPveClient({ endpoint: server.endpoint, credentials, trust: { ca: server.ca } });
    for (let round = 0; round < 2; round += 1) {
      const reads = Array.from({ length: 4 }, () => pve.get('/version'));
      for (const read of reads) expect(await read).toBe('here');
    }
    await pve.close();
  });
});

describe('the server name', () => {
  it('is not sent for an address, and is for a name', async () => {
    const fresh = await startServer();
    const { port } = new URL(fresh.endpoint);
    const trust = { fingerprints: [fresh.fingerprint] };
    await get(fresh.endpoint, { trust });
    await get(`https://localhost:${port}`, { trust });
    expect(fresh.serverNames).toEqual([false, 'localhost']);
    await fresh.close();
  });

  // Containers often have no IPv6, not even on loopback.
  it.runIf(HAS_IPV6)('may be an IPv6 address, which is verified and not sent', async () => {
    const six = await startServer('::1', {}, '::1');
    expect(six.endpoint).toMatch(/^https:\/\/\[::1\]:\d+$/);
    expect(await get(six.endpoint, { trust: { ca: six.ca } })).toBe('here');
    expect(await get(six.endpoint, { trust: { fingerprints: [six.fingerprint] } })).toBe('here');
    expect(await readFingerprint(six.endpoint)).toBe(six.fingerprint);
    expect(six.serverNames).not.toContain('::1');
    await six.close();
  });
});

describe('a server that does not speak TLS', () => {
  it('but HTTP is an error that says so', async () => {
    const plain = createPlainServer((_request, response) => response.end('plain'));
    const port = await listen(plain);
    const error = await failureOf(`https://127.0.0.1:${port}`);
    expect(error.code).toBe('TLS');
    expect(error.message).toContain(`no TLS connection to 127.0.0.1:${port} (`);
    expect(error.hints).toEqual(['Check that the endpoint speaks https; Proxmox VE listens on port 8006.']);
    plain.close();
  });

  it('but hangs up is an error, and a write says nothing of an unknown outcome', async () => {
    const rude = createTcpServer((socket) => socket.destroy());
    const port = await listen(rude);
    const credentials = { type: 'token', token: TOKEN } as const;
    const pve = createPveClient({ endpoint: `https://127.0.0.1:${port}`, credentials });
    const error: unknown = await pve.put('/x').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONNECT', message: expect.stringContaining('(ECONNRESET)') });
    expect((error as PvevmError).message).not.toContain('unknown');
    await pve.close();
    rude.close();
  });

  it('but is silent is given up after the time to connect, not after that to answer', async () => {
    const silent = createTcpServer(() => {});
    const port = await listen(silent);
    const error = await failureOf(`https://127.0.0.1:${port}`, { connectTimeoutMs: 40 });
    expect(error.code).toBe('TIMEOUT');
    expect(error.message).toContain(`no connection to 127.0.0.1:${port} in time (ETIMEDOUT)`);
    expect(await readCertificate(`https://127.0.0.1:${port}`, { timeoutMs: 20 })).toBeUndefined();
    silent.close();
  });
});

describe('the certificate of a server', () => {
  it('is read without believing it', async () => {
    expect(await readCertificate(server.endpoint)).toEqual({
      fingerprint: server.fingerprint,
      subject: 'CN=pve1',
      issuer: 'CN=pve1',
      names: ['127.0.0.1'],
      validFrom: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      validTo: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      selfSigned: true,
    });
  });

  it('R-50: cannot bring control sequences in its names', async () => {
    const evil = await startServer('127.0.0.1', { commonName: 'pve\u001b[31m1' });
    const certificate = await readCertificate(evil.endpoint);
    expect(certificate?.subject).toMatch(/^CN=pve.*31m1$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be there
    expect(JSON.stringify(certificate)).not.toMatch(/\u001b|\\u001b/);
    await evil.close();
  });
});

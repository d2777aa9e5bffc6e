import { expect, it } from 'vitest';
import { PvevmError } from '../../../src/core/error.ts';
import { isSameCluster, readClusterIdentity } from '../../../src/pve/endpoints/identity.ts';
import type { PveReader } from '../../../src/pve/reader.ts';

function reader(answers: Readonly<Record<string, unknown>>): PveReader {
  return {
    get: async (path) => {
      if (path in answers) return answers[path];
      throw new PvevmError('PVE_ERROR', `cannot read ${path}`, { status: 501 });
    },
  };
}

const INFO = '/nodes/{node}/certificates/info';

it('is the authority of the cluster, of which the fingerprint is read in one request', async () => {
  const authority = { filename: 'pve-root-ca.pem', fingerprint: 'aa:bb' };
  const node = { filename: 'pve-ssl.pem', fingerprint: 'CC:DD' };
  expect(await readClusterIdentity(reader({ [INFO]: [node, authority] }))).toEqual({ authority: 'AA:BB' });
});

it('is made of the nodes where the authority is not to be had', async () => {
  const nodes = [{ node: 'pve1', ssl_fingerprint: 'AA' }, { node: 'pve2' }];
  expect(await readClusterIdentity(reader({ [INFO]: [], '/nodes': nodes }))).toEqual({
    nodes: [{ name: 'pve1', fingerprint: 'AA' }, { name: 'pve2' }],
  });
});

it('is unknown where a server says nothing of use', async () => {
  expect(await readClusterIdentity(reader({}))).toEqual({});
  expect(await readClusterIdentity(reader({ [INFO]: null, '/nodes': 'odd' }))).toEqual({});
});

it.each(['CONNECT', 'TIMEOUT', 'TLS', 'AUTHENTICATION', 'INTERRUPTED'] as const)(
  'is not made up where the server cannot be asked: %s',
  async (code) => {
    const failing: PveReader = {
      get: async () => {
        throw new PvevmError(code, 'cannot');
      },
    };
    await expect(readClusterIdentity(failing)).rejects.toMatchObject({ code });
  },
);

const ONE = {
  nodes: [
    { name: 'pve1', fingerprint: 'AA' },
    { name: 'pve2', fingerprint: 'BB' },
  ],
};
it.each([
  [{ authority: 'AA' }, { authority: 'AA' }, true],
  [{ authority: 'AA' }, { authority: 'BB' }, false],
  [{ authority: 'AA' }, ONE, false],
  [{}, {}, false],
  [ONE, { nodes: [{ name: 'pve2', fingerprint: 'BB' }] }, true],
  [ONE, { nodes: [{ name: 'pve2', fingerprint: 'CC' }] }, false],
  [ONE, { nodes: [{ name: 'pve2' }] }, true],
  [ONE, { nodes: [{ name: 'pve3', fingerprint: 'AA' }] }, false],
])('%j and %j: of one cluster is %s', (a, b, same) => {
  expect(isSameCluster(a, b)).toBe(same);
  expect(isSameCluster(b, a)).toBe(same);
});

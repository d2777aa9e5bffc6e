import { describe, expect, it } from 'vitest';
import { checkSavedPrivileges } from '../../../src/cli/saved-plan/saved-plan-privileges.ts';
import type { StepRequest } from '../../../src/core/step.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import { createFakeReader } from '../../pve/fake-reader.ts';
import { plan, resource, step } from '../../report/plans.ts';

type Permissions = Readonly<Record<string, readonly string[]>>;

function clientWith(permissions: Permissions): PveClient {
  const paths = Object.entries(permissions).map(
    ([path, names]) => [path, Object.fromEntries(names.map((name) => [name, 1]))] as const,
  );
  const reader = createFakeReader((path) =>
    path === '/version' ? { version: '9.2.11', release: '9.2' } : Object.fromEntries(paths),
  );
  const none = async (): Promise<null> => null;
  return {
    ...reader,
    endpoint: 'https://pve1:8006',
    user: 'ci@pve!t',
    post: none,
    put: none,
    delete: none,
    close: async () => undefined,
  };
}

/** What a token with these permissions lacks for a request of a saved plan, in words; nothing where it may send it. */
async function lackOf(request: StepRequest, permissions: Permissions): Promise<readonly string[]> {
  const saved = plan([resource({ steps: [step('vm/web-01#1', 'do it', { request })] })]);
  try {
    await checkSavedPrivileges(saved, clientWith(permissions));
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'PERMISSION' });
    return (error as { readonly details: readonly string[] }).details;
  }
}

const CLONE = (more: StepRequest['params'] = {}): StepRequest => ({
  ...{ method: 'POST', path: '/nodes/pve1/qemu/9000/clone', params: { newid: 104, ...more } },
});
const CONFIG: StepRequest = { method: 'PUT', path: '/nodes/pve1/qemu/104/config', params: { cores: 2 } };
const DOWNLOAD: StepRequest = {
  ...{ method: 'POST', path: '/nodes/pve1/storage/local/download-url', params: { url: 'https://example.test/x' } },
};

describe('R-21: a saved plan is refused before the first write where its token lacks', () => {
  it('one of those privileges that are needed together', async () => {
    expect(await lackOf(CLONE(), { '/vms/9000': ['VM.Clone'], '/vms/104': ['VM.Allocate'] })).toEqual([]);
    expect(await lackOf(CLONE(), { '/vms/9000': ['VM.Audit'], '/vms/104': ['VM.Allocate'] })).toEqual([
      'vm/web-01 needs VM.Clone on /vms/9000',
    ]);
    expect(await lackOf(CLONE(), { '/vms/9000': ['VM.Clone'], '/vms/104': ['VM.Audit'] })).toEqual([
      'vm/web-01 needs VM.Allocate on /vms/104',
    ]);
  });

  it('all of those of which one is enough, and not where it has one', async () => {
    const pool = { '/vms/9000': ['VM.Clone'], '/pool/ci': ['VM.Allocate'], '/vms/104': [] };
    expect(await lackOf(CLONE({ pool: 'ci' }), pool)).toEqual([]);
    expect(await lackOf(CLONE({ pool: 'other' }), pool)).toHaveLength(1);
    // The way through the pool is open only to a request that names one.
    expect(await lackOf(CLONE(), pool)).toHaveLength(1);
    expect(await lackOf(CONFIG, { '/vms/104': ['VM.Config.Options'] })).toEqual([]);
    expect(await lackOf(CONFIG, { '/vms/104': ['VM.Audit'] })).toHaveLength(1);
  });

  it('any of several that are needed on one path', async () => {
    const storage = { '/storage/local': ['Datastore.AllocateTemplate'] };
    expect(await lackOf(DOWNLOAD, { ...storage, '/nodes/pve1': ['Sys.AccessNetwork'] })).toEqual([]);
    expect(await lackOf(DOWNLOAD, { ...storage, '/': ['Sys.Audit', 'Sys.Modify'] })).toEqual([]);
    expect(await lackOf(DOWNLOAD, { ...storage, '/': ['Sys.Audit'] })).toHaveLength(1);
  });

  it('nothing that can be told: the id of a guest that is still to be made', async () => {
    expect(await lackOf(CLONE({ newid: '{vmid}' }), { '/vms/9000': ['VM.Clone'] })).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { configOutcome } from '../../../src/engine/recovery/config-outcome.ts';
import type { Pending, PendingItem } from '../../../src/pve/cluster-rows.ts';

type Items = Readonly<Record<string, PendingItem>>;

const config = (digest: string, items: Items): Pending => ({ digest, items: new Map(Object.entries(items)) });

/** What is said of a write, by the configuration before it and after. */
const outcome = (params: JsonObject, before: Items, after: Items): string =>
  configOutcome(params, config('one', before), config('two', after));

const SCSI = 'ceph-pool:vm-101-disk-0,size=1G';

describe('R-22: what a look at a configuration says of a write whose answer was lost', () => {
  it('nothing that was written is done: what changes nothing may be sent again', () => {
    const same = config('one', { cores: { value: 2 } });
    expect(configOutcome({ cores: 4 }, same, same)).toBe('not-done');
    expect(configOutcome({ cores: 2 }, same, same)).toBe('not-done');
  });

  it.each([
    ['a value', { cores: 4 }, {}, { cores: { value: 4 } }],
    ['a value that waits for a restart', { cores: 4 }, { cores: { value: 2 } }, { cores: { value: 2, pending: 4 } }],
    ['a removal', { delete: 'tags' }, { tags: { value: 'a' } }, {}],
    ['a removal that waits', { delete: 'cores' }, { cores: { value: 2 } }, { cores: { value: 2, delete: 1 } }],
    ['a withdrawal', { revert: 'cores' }, { cores: { value: 2, pending: 4 } }, { cores: { value: 2 } }],
    ['a new disk', { scsi1: 'ceph-pool:1,ssd=1' }, {}, { scsi1: { value: `${SCSI},ssd=1` } }],
    [
      'an unused volume that another follows under its key',
      { delete: 'unused0' },
      { unused0: { value: 'a:vm-101-disk-1' } },
      { unused0: { value: 'a:vm-101-disk-2' } },
    ],
  ] as const)('%s is done', (_name, params, before, after) => {
    expect(outcome(params, before, after)).toBe('done');
  });

  it.each([
    ['a value that somebody else wrote meanwhile', { cores: 4 }, { cores: { value: 2 } }, { cores: { value: 3 } }],
    ['a part of it', { cores: 4, tags: 'a' }, {}, { cores: { value: 4 } }],
    [
      'a value without its removal',
      { cores: 4, delete: 'tags' },
      { tags: { value: 'a' } },
      { cores: { value: 4 }, tags: { value: 'a' } },
    ],
    [
      'a value without its withdrawal',
      { tags: 'a', revert: 'cores' },
      { cores: { value: 2, pending: 4 } },
      { tags: { value: 'a' }, cores: { value: 2, pending: 4 } },
    ],
    [
      'another disk than the one that is asked for',
      { scsi1: 'ceph-pool:1' },
      {},
      { scsi1: { value: 'local-lvm:vm-101-disk-0,size=1G' } },
    ],
    ['a disk with other options', { scsi1: 'ceph-pool:1,ssd=1' }, {}, { scsi1: { value: SCSI } }],
    ['a value whose removal is pending', { cores: 2 }, {}, { cores: { value: 2, delete: 1 } }],
  ] as const)('%s is nothing that anybody can tell', (_name, params, before, after) => {
    expect(outcome(params, before, after)).toBe('unclear');
  });

  it.each([
    [
      'what somebody else wrote to other keys',
      { cores: 4 },
      { cores: { value: 2 } },
      { cores: { value: 2 }, tags: { value: 'b' } },
    ],
    [
      'a disk that was there before',
      { scsi1: 'ceph-pool:1' },
      { scsi1: { value: SCSI } },
      { scsi1: { value: SCSI }, tags: { value: 'b' } },
    ],
    [
      'an unused volume that is still there',
      { delete: 'unused0' },
      { unused0: { value: 'a:1' } },
      { unused0: { value: 'a:1' }, tags: { value: 'b' } },
    ],
  ] as const)('%s says that it was not done', (_name, params, before, after) => {
    expect(outcome(params, before, after)).toBe('not-done');
  });
});

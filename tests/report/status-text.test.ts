import { describe, expect, it } from 'vitest';
import type { ResourceStatus, Status } from '../../src/engine/status.ts';
import { formatStatus, formatUptime } from '../../src/report/status-text.ts';
import { createTheme } from '../../src/report/theme.ts';

const theme = createTheme(false);
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

function row(more: Partial<ResourceStatus>): ResourceStatus {
  return {
    ...{ address: 'vm/web-01', source: { file: 'web.yaml', line: 1 }, state: 'running', node: 'pve1', vmid: 101 },
    ...{
      identity: null,
      owner: 'own',
      stack: null,
      ha: null,
      lock: null,
      uptime: 93_784,
      size: null,
      until: null,
      secondsLeft: null,
    },
    ...{ agent: 'answers', addresses: [], pending: [], drift: [], ...more },
  };
}

function statusOf(resources: readonly ResourceStatus[]): Status {
  const summary = { present: resources.length, absent: 0, unknown: 0, drifted: 0, pending: 0 };
  return {
    formatVersion: '1.0',
    cluster: { name: 'lab', version: '9.2.11' },
    stack: 'lab',
    resources,
    diagnostics: [],
    summary,
  };
}

const LAB = statusOf([
  row({
    ...{ ha: 'started', drift: ['memory.size', 'tags'], pending: ['memory'] },
    addresses: [
      { address: '192.0.2.17', interface: 'ens18', device: 'net0' },
      { address: '2001:db8::17', interface: 'ens18', device: 'net0' },
      { address: '172.17.0.1', interface: 'docker0', device: null },
    ],
  }),
  row({
    address: 'vm/database-primary',
    vmid: 12_345,
    node: 'pve-rack-07',
    state: 'stopped',
    lock: 'backup',
    uptime: null,
    agent: null,
  }),
  row({ address: 'vm/cache', state: 'absent', node: null, vmid: null, owner: null, uptime: null, agent: null }),
  row({ address: 'vm/old', vmid: 107, owner: 'other-stack', stack: 'legacy', agent: 'silent', uptime: 42 }),
  row({ address: 'image/debian-13', vmid: null, state: 'present', uptime: null, agent: null, size: 432_013_312 }),
]);

describe('a status', () => {
  it('leaves out on 80 columns what matters least', () => {
    const text = formatStatus(LAB, { theme, width: 80 });
    expect(text).toMatchInlineSnapshot(`
      "RESOURCE             ID     NODE         STATE    ADDRESS         PENDING  DRIFT
      vm/web-01            101    pve1         running  192.0.2.17 +1   1        2
      vm/database-primary  12345  pve-rack-07  stopped  -               0        0
      vm/cache             -      -            absent   -               -        -
      vm/old               107    pve1         running  (agent silent)  0        0
      image/debian-13      -      pve1         present  -               0        0

      5 present, 0 absent, 0 with drift.
      "
    `);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('says on 80 columns whose a guest is, where not all are pvevm’s own', () => {
    const short = statusOf([row({}), row({ address: 'vm/old', owner: 'foreign' })]);
    expect(formatStatus(short, { theme, width: 58 })).toMatch(/^vm\/old .* foreign$/m);
    expect(formatStatus(statusOf([row({}), row({})]), { theme, width: 58 })).not.toContain('OWNER');
  });

  it('has room for all of it on 140', () => {
    const text = formatStatus(LAB, { theme, width: 140 });
    expect(text).toMatchInlineSnapshot(`
      "RESOURCE             ID     NODE         STATE    HA       ADDRESS         PENDING  DRIFT  OWNER         LOCK    UPTIME  SIZE
      vm/web-01            101    pve1         running  started  192.0.2.17 +1   1        2      own           -       1d2h    -
      vm/database-primary  12345  pve-rack-07  stopped  -        -               0        0      own           backup  -       -
      vm/cache             -      -            absent   -        -               -        -      -             -       -       -
      vm/old               107    pve1         running  -        (agent silent)  0        0      stack legacy  -       42s     -
      image/debian-13      -      pve1         present  -        -               0        0      own           -       -       412 MiB

      5 present, 0 absent, 0 with drift.
      "
    `);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140);
  });

  it('has every column and address with --wide, whatever the width, and where there is no terminal every column', () => {
    const wide = formatStatus(LAB, { theme, width: 20, wide: true });
    expect(wide).toContain('192.0.2.17, 2001:db8::17, 172.17.0.1');
    expect(formatStatus(LAB, { theme }).split('\n')[0]).toBe(formatStatus(LAB, { theme, width: 1000 }).split('\n')[0]);
  });

  it('is a sentence alone where there is nothing', () => {
    expect(formatStatus(statusOf([]), { theme })).toBe('\n0 present, 0 absent, 0 with drift.\n'.slice(1));
  });

  it('R-50: no control character of a guest or a server gets through', () => {
    const evil = '\u001b]0;owned\u0007\u202e';
    const address = { address: evil, interface: evil, device: null };
    const status = statusOf([
      row({
        node: evil,
        state: evil,
        ha: evil,
        lock: evil,
        owner: 'other-stack',
        stack: evil,
        addresses: [address],
        drift: [evil],
        pending: [evil],
      }),
    ]);
    for (const wide of [true, false]) {
      expect(formatStatus(status, { theme, wide, verbose: true })).not.toMatch(CONTROL);
    }
  });
});

it.each([
  [0, '0s'],
  [42, '42s'],
  [65, '1m5s'],
  [3600, '1h'],
  [93_784, '1d2h'],
])('a time of %i seconds is %s', (seconds, text) => {
  expect(formatUptime(seconds)).toBe(text);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { recoveryPage } from '../../../scripts/gen-recovery.mjs';
import type { Plan } from '../../../src/core/plan.ts';
import { OPERATIONS, operationOf } from '../../../src/engine/recovery/operations.ts';
import { type Harness, startHarness } from '../../harness.ts';
import { specs } from '../../requirements/generated-specs.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const requestsOf = (plan: Plan) =>
  plan.resources.flatMap(({ steps }) => steps.flatMap(({ request }) => (request === undefined ? [] : [request])));

/** The requests of a plan that the table does not know. */
function unknownTo(plan: Plan): readonly string[] {
  return requestsOf(plan)
    .filter((request) => operationOf(request) === undefined)
    .map(({ method, path }) => `${method} ${path}`);
}

describe('R-25: the table of operations', () => {
  it('knows every request of the plans of generated specs', async () => {
    let seen = 0;
    for (const spec of fc.sample(specs, { seed: 7, numRuns: 40 })) {
      const plan = await harness.plan(
        stringify({ kind: 'vm', name: 'any', ...spec }, { aliasDuplicateObjects: false }),
      );
      seen += requestsOf(plan).length;
      expect(unknownTo(plan)).toEqual([]);
    }
    expect(seen).toBeGreaterThan(50);
  });

  it('knows every request that a kind writes as a path, wherever it stands in the sources', () => {
    const folder = join(import.meta.dirname, '../../../src/kinds');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const written = files.flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return [...text.matchAll(/method: '(POST|PUT|DELETE)',\s*path: [`']([^`']+)[`']/g)].map(
        ([, method = '', path = '']) => ({
          method,
          path: path
            .replace(/^\$\{(?:path|GUEST)\}/, '/nodes/pve1/qemu/100')
            .replace('${STORAGE}', '/nodes/pve1/storage/local'),
        }),
      );
    });
    expect(written.length).toBeGreaterThan(10);
    const strange = written.filter(({ method, path }) => {
      const filled = path.replaceAll(/\$\{[^}]+\}/g, '100');
      return operationOf({ method: method as 'POST', path: filled }) === undefined;
    });
    expect(strange).toEqual([]);
  });

  it.each([
    ['POST', '/nodes/pve1/qemu/{vmid}/firewall/ipset/admins', 'add an entry of a set'],
    ['DELETE', '/nodes/pve1/qemu/100/firewall/ipset/admins/10.0.0.0%2F8', 'remove an entry of a set'],
    ['DELETE', '/nodes/pve1/qemu/100/firewall/ipset/admins', 'remove a set'],
    ['PUT', '/nodes/pve1/qemu/100/firewall/aliases/office', 'change an alias'],
    ['DELETE', '/nodes/pve1/storage/cephfs/content/cephfs%3Aiso%2Fx.iso', 'delete a file'],
    ['PUT', '/pools/web', 'change members of a pool (7.4)'],
    ['DELETE', '/nodes/pve1/qemu/100', 'destroy a guest'],
  ] as const)('takes %s %s for: %s', (method, path, name) => {
    expect(operationOf({ method, path })?.name).toBe(name);
  });

  it('does not know what no plan holds, so that it is never sent again', () => {
    expect(operationOf({ method: 'POST', path: '/nodes/pve1/qemu/100/status/reset' })).toBeUndefined();
  });

  it('says of each operation that starts a task whose id that carries, and of each how its outcome shows', () => {
    const incomplete = OPERATIONS.filter(({ tasks, taskId }) => tasks.length > 0 !== (taskId !== undefined));
    expect(incomplete).toEqual([]);
    const blind = OPERATIONS.filter(({ resend, outcome }) => resend !== 'same' && outcome === 'nothing');
    expect(blind).toEqual([]);
  });
});

it('docs/recovery.md is what npm run gen:recovery writes, with every operation', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/recovery.md'), 'utf8');
  expect(page).toBe(await recoveryPage());
  for (const { method, path } of OPERATIONS) expect(page).toContain(`${method} ${path}`);
});

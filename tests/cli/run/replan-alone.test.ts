import { expect, it } from 'vitest';
import type { Connection } from '../../../src/cli/connect.ts';
import type { CommandScope, PlanDocuments, Planner } from '../../../src/cli/make-plan.ts';
import { replanBy } from '../../../src/cli/run/replan.ts';
import type { Address } from '../../../src/core/address.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Resource } from '../../../src/core/resource.ts';
import type { PlanOptions } from '../../../src/engine/plan.ts';
import { plan as planOf, resource } from '../../report/plans.ts';

it('R-5, R-19: a document is planned anew by itself and what it is made from, and prunes nothing', async () => {
  const documentOf = (address: Address, spec: JsonObject = {}): Resource => {
    const [kind = '', name = ''] = address.split('/');
    const range = { file: 'vm.yaml', line: 1, column: 1, length: 1 };
    return { address, kind, name, spec, origins: new Map(), range };
  };
  const documents: PlanDocuments = {
    resources: [documentOf('vm/tpl'), documentOf('vm/other'), documentOf('vm/web', { clone: { from: 'tpl' } })],
    ...{ project: { stack: 'lab', mark: 'full' }, documents: 3, diagnostics: [], valid: true, exit: 'ok' },
    ...{ files: new Map(), prune: { mode: 'remove' } as unknown as NonNullable<PlanDocuments['prune']> },
  };
  const asked: PlanOptions[] = [];
  const web = resource({ address: 'vm/web' });
  const planner: Planner = async (options) => {
    asked.push(options);
    return planOf([resource({ address: 'vm/tpl' }), web]);
  };
  const connection = { client: { user: 'root@pam' } } as unknown as Connection;
  const scope = { options: {}, output: {}, clock: {} } as unknown as CommandScope;
  expect(await replanBy(planner, documents, connection, scope)('vm/web')).toBe(web);
  expect(asked[0]?.resources.map(({ address }) => address)).toEqual(['vm/tpl', 'vm/web']);
  expect(asked[0]).not.toHaveProperty('prune');
});

import { expect, it } from 'vitest';
import { checkPower } from '../../../../src/kinds/vm/power/check-power.ts';
import { loadFiles } from '../../../spec/load-text.ts';

const found = async (yaml: string): Promise<readonly unknown[]> => {
  const { resources } = await loadFiles({ 'vm.yaml': `kind: vm\nname: web-01\n${yaml}` });
  return resources
    .flatMap((resource) => checkPower(resource))
    .map(({ severity, summary }) => `${severity}: ${summary}`);
};

it.each([
  ['power: running\nwaitFor: { agent: 5m }\n', []],
  ['restart: allowed\nwaitFor: { address: net0 }\n', []],
  ['waitFor: { agent: 5m }\n', ['warning: nothing starts the guest']],
  ['power: running\nsystem: { agent: false }\nwaitFor: { agent: 5m }\n', ['error: the guest agent is off']],
  [
    'power: running\nsystem: { agent: { enabled: false } }\nwaitFor: { agent: 5m }\n',
    ['error: the guest agent is off'],
  ],
  ['power: stopped\n', []],
])('%j: %j', async (yaml, expected) => {
  expect(await found(yaml)).toEqual(expected);
});

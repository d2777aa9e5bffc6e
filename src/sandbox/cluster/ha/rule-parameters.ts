import type { EndpointFact, ParameterFact } from '../../../pve/facts/facts.ts';
import { ApiError, parameterFailure } from '../../api-error.ts';
import { checkParameters } from '../../check-parameters.ts';
import { MESSAGES } from '../../check-value.ts';

const TYPES = ['node-affinity', 'resource-affinity'];
const COMMENT: ParameterFact = { type: 'string', optional: 1, maxLength: 4096 };
const RESOURCES: ParameterFact = { type: 'string', format: 'pve-ha-resource-id-list' };
const BOOLEAN: ParameterFact = { type: 'boolean', optional: 1 };

/** What a rule takes beside `rule` and `type`, by its type (pve-ha-manager: PVE/HA/Rules/*.pm, properties). */
const BRANCHES: Readonly<Record<string, Readonly<Record<string, ParameterFact>>>> = {
  'node-affinity': {
    ...{ resources: RESOURCES, nodes: { type: 'string', format: 'pve-ha-node-list' } },
    ...{ strict: BOOLEAN, disable: BOOLEAN, comment: COMMENT },
  },
  'resource-affinity': {
    ...{ resources: RESOURCES, affinity: { type: 'string', enum: ['positive', 'negative'] } },
    ...{ disable: BOOLEAN, comment: COMMENT },
  },
};

const FOR_UPDATE: Readonly<Record<string, ParameterFact>> = {
  delete: { type: 'string', optional: 1, maxLength: 4096, format: 'pve-configid-list' },
  digest: { type: 'string', optional: 1, maxLength: 64 },
};

/**
 * Checks the parameters of a rule: `rule` and `type`, and with a known type what that type takes, whose complaints carry
 * the type's name (`oneOf[node-affinity].nodes`). Throws status 400.
 */
export function ruleParameters(isUpdate: boolean): typeof checkParameters {
  return (facts, endpoint, given) => {
    const type = typeof given['type'] === 'string' && TYPES.includes(given['type']) ? given['type'] : undefined;
    const branch = type === undefined ? {} : optionalFor(isUpdate, BRANCHES[type] ?? {});
    const base: Record<string, ParameterFact> = {
      rule: { type: 'string', format: 'pve-configid' },
      type: { type: 'string', enum: TYPES },
      ...(isUpdate ? FOR_UPDATE : {}),
    };
    const fact: EndpointFact = { ...endpoint, parameters: { ...base, ...branch } };
    try {
      return checkParameters(facts, fact, given);
    } catch (error) {
      if (!(error instanceof ApiError) || error.errors === undefined) throw error;
      const named = Object.entries(error.errors).map(([name, message]) => [
        branch[name] === undefined || message === MESSAGES.unknown ? name : `oneOf[${type}].${name}`,
        message,
      ]);
      throw parameterFailure(Object.fromEntries(named));
    }
  };
}

function optionalFor(
  isUpdate: boolean,
  parameters: Readonly<Record<string, ParameterFact>>,
): Readonly<Record<string, ParameterFact>> {
  if (!isUpdate) return parameters;
  return Object.fromEntries(
    Object.entries(parameters).map(([name, fact]) => [name, { ...fact, optional: 1 as const }]),
  );
}

// The raw config keys of a kind, schema/KIND-options.json, with what the API facts say of their values.

const CHECKED = ['type', 'enum', 'minimum', 'maximum'];

const pick = (fact, names) =>
  Object.fromEntries(Object.entries(fact).filter(([name, value]) => names.includes(name) && value !== undefined));

/**
 * The table with the facts of the newest version that knows a key. Throws for a key that no version knows, and for a
 * property string, whose parts are fields.
 */
export function optionTable({ keys, ...rest }, versions, endpoint) {
  const factOf = (key) => {
    for (const facts of versions.toReversed()) {
      const { parameters } = facts.endpoints.find((fact) => fact.path === endpoint && fact.method === 'POST');
      const fact = parameters[key];
      if (fact === undefined) continue;
      if (typeof facts.formats[fact.format] === 'object') throw new Error(`${key} is a property string, and no option`);
      return fact;
    }
    throw new Error(`no version of Proxmox VE has the key ${key}`);
  };
  const entries = Object.entries(keys).map(([key, own]) => [key, { ...own, ...pick(factOf(key), CHECKED) }]);
  return { keys: Object.fromEntries(entries), ...rest };
}

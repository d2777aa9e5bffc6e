// The raw config keys of a kind, schema/KIND-options.json, with what the API facts say of their values.

const CHECKED = ['type', 'enum', 'minimum', 'maximum', 'maxLength', 'pattern'];
const OF_PARTS = [...CHECKED, 'default', 'default_key', 'alias', 'keyAlias', 'optional'];

// How many there are of a numbered key (qemu-server: PVE/QemuServer.pm, $MAX_…); the facts do not say.
const COUNTS = {
  'hostpci*': 16,
  'ipconfig*': 32,
  'numa*': 8,
  'parallel*': 3,
  'serial*': 4,
  'usb*': 14,
  'virtiofs*': 10,
};

const pick = (fact, names) =>
  Object.fromEntries(Object.entries(fact).filter(([name, value]) => names.includes(name) && value !== undefined));

/** The table with the facts of the newest version that knows a key. Throws for a key that no version knows. */
export function optionTable({ keys, ...rest }, versions, endpoint) {
  const known = (key) => {
    for (const facts of versions.toReversed()) {
      const { parameters } = facts.endpoints.find((fact) => fact.path === endpoint && fact.method === 'POST');
      const fact = parameters[key.replace('*', '[n]')];
      if (fact !== undefined) return { fact, format: facts.formats[fact.format] };
    }
    throw new Error(`no version of Proxmox VE has the key ${key}`);
  };
  const entries = Object.entries(keys).map(([key, own]) => {
    const { fact, format } = known(key);
    const parts =
      typeof format !== 'object'
        ? {}
        : { parts: Object.fromEntries(Object.entries(format).map(([sub, part]) => [sub, pick(part, OF_PARTS)])) };
    const count = COUNTS[key] === undefined ? {} : { count: COUNTS[key] };
    return [key, { ...own, ...pick(fact, CHECKED), ...count, ...parts }];
  });
  return { keys: Object.fromEntries(entries), ...rest };
}

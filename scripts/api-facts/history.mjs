// From when on there is something, for the types and the reference.

/**
 * The newest version's endpoints with what the stored versions say of their past: `since` where an endpoint or parameter
 * is not in all of them, and the parameters that are gone, each with the last version that had it.
 */
export function withHistory(facts) {
  const newest = facts.at(-1);
  const byKey = facts.map(
    (one) => new Map(one.endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint])),
  );
  const sinceWhen = (has) => {
    const first = facts.findLastIndex((_one, index) => !has(index)) + 1;
    return first === 0 ? undefined : facts[first].version;
  };
  return newest.endpoints.map((endpoint) => {
    const past = byKey.map((map) => map.get(`${endpoint.method} ${endpoint.path}`));
    const since = sinceWhen((index) => past[index] !== undefined);
    const parameters = Object.entries(endpoint.parameters).map(([name, fact]) => {
      const from = sinceWhen((index) => past[index]?.parameters[name] !== undefined);
      return { name, fact, since: from === since ? undefined : from };
    });
    const gone = new Map();
    for (const [index, one] of past.entries()) {
      for (const name of Object.keys(one?.parameters ?? {})) {
        if (endpoint.parameters[name] === undefined) gone.set(name, facts[index].version);
      }
    }
    return { ...endpoint, since, parameters, gone: [...gone].map(([name, until]) => ({ name, until })) };
  });
}

/** The endpoints that the newest version no longer has, each with the last version that had it. */
export function goneEndpoints(facts) {
  const gone = new Map();
  for (const { version, endpoints } of facts) {
    for (const { method, path } of endpoints) gone.set(`${method} ${path}`, { method, path, until: version });
  }
  return [...gone.values()].filter(({ until }) => until !== facts.at(-1).version);
}

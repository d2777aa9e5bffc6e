// docs/client.md: how to use the client, and a list of all endpoints, from the API facts.
import { goneEndpoints, withHistory } from './api-facts/history.mjs';
import { ownParameters } from './gen-api-types.mjs';

/** A result in a word or two. */
function resultWord(schema) {
  const type =
    schema.type ?? (schema.properties !== undefined ? 'object' : schema.items !== undefined ? 'array' : 'any');
  if (type !== 'array') return type;
  const items = resultWord(schema.items ?? {});
  return items === 'any' ? 'list' : `list of ${items}s`;
}

function parameterWord({ name, fact, since }) {
  const mark = fact.optional === 1 || name.endsWith('[n]') ? '' : '**';
  return `${mark}${name}${mark}${since === undefined ? '' : ` (${since})`}`;
}

// More names than this are looked up better in an editor.
const MOST_NAMES = 24;

function parametersCell(endpoint) {
  const own = ownParameters(endpoint).toSorted(
    (one, other) => (one.fact.optional ?? 0) - (other.fact.optional ?? 0) || (one.name < other.name ? -1 : 1),
  );
  const more = own.length - MOST_NAMES;
  const names = (more > 0 ? own.slice(0, MOST_NAMES) : own).map(parameterWord).join(', ');
  return more > 0 ? `${names} and ${more} more` : names;
}

function section(title, endpoints, results) {
  const rows = endpoints.map((endpoint) => {
    const key = `${endpoint.method} ${endpoint.path}`;
    return `| \`${key}\` | ${parametersCell(endpoint)} | ${resultWord(results[key])} | ${endpoint.since ?? ''} |`;
  });
  return `### ${title}\n\n| endpoint | parameters | answers | since |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

const GROUPS = [
  ['Virtual machines', /^\/nodes\/\{node\}\/qemu/],
  ['Containers', /^\/nodes\/\{node\}\/lxc/],
  ['Ceph of a node', /^\/nodes\/\{node\}\/ceph/],
  ['Nodes', /^\/nodes/],
  ['Software-defined network', /^\/cluster\/sdn/],
  ['Firewall of the cluster', /^\/cluster\/firewall/],
  ['High availability', /^\/cluster\/ha/],
  ['Cluster', /^\/cluster/],
  ['Access', /^\/access/],
  ['Pools, storage and the rest', /^\//],
];

function sections(endpoints, results) {
  const left = new Set(endpoints);
  return GROUPS.map(([title, pattern]) => {
    const group = [...left].filter(({ path }) => pattern.test(path));
    for (const endpoint of group) left.delete(endpoint);
    return section(title, group, results);
  });
}

/** The reference page of the client, from the facts of all versions (oldest first) and the newest one's results. */
export function clientPage(facts, { results }) {
  const newest = facts.at(-1).version;
  const endpoints = withHistory(facts);
  const gone = goneEndpoints(facts).map(({ method, path, until }) => `| \`${method} ${path}\` | ${until} |`);
  return `# The client

<!-- Written by \`npm run gen\` from the API facts; changes here are lost. -->

pvevm's client for the Proxmox VE API can be used by itself. Every endpoint of Proxmox VE ${newest} is typed: its path, its
parameters and its answer. The types cost nothing at run time.

## Making one

\`\`\`ts
import { createPveClient } from 'pvevm';

const pve = createPveClient({
  endpoint: 'https://pve1:8006',
  credentials: { type: 'token', token: process.env.PVEVM_TOKEN ?? '' },
  trust: { fingerprints: ['AA:BB:…'] },
});
\`\`\`

Nothing is sent until the first request. \`await pve.close()\` closes the connections.

## Calling

A call names an endpoint as it is listed below. What stands in braces goes into \`path\` and is encoded; the parameters of
\`get\` go into \`query\`, those of \`post\`, \`put\` and \`delete\` into \`params\`.

\`\`\`ts
const { version } = await pve.get('/version');
const config = await pve.get('/nodes/{node}/qemu/{vmid}/config', { path: { node: 'pve1', vmid: 100 }, query: { current: true } });
const upid = await pve.post('/nodes/{node}/qemu/{vmid}/status/start', { path: { node: 'pve1', vmid: 100 } });
await pve.put('/nodes/{node}/qemu/{vmid}/config', { path: { node: 'pve1', vmid: 100 }, params: { cores: 4, delete: 'net1' } });
await pve.delete('/nodes/{node}/qemu/{vmid}', { path: { node: 'pve1', vmid: 100 }, params: { purge: true } });
\`\`\`

- A call returns the \`data\` of the answer, or throws a \`PvevmError\`. Reads are tried again where that can help, writes never.
- Long work answers with the id of a task (a UPID) while it is still going on.
- A parameter that is \`undefined\` is not sent. Numbered parameters, \`net[n]\` below, are written \`net0\`, \`net1\` and so on.
- A boolean is sent as \`true\`, \`false\`, \`1\` or \`0\`, and answered as \`1\` or \`0\`.
- A list in one string (\`delete\`, \`nodes\`, …) is written with commas between its values.
- Every call takes a \`signal\`, an \`AbortSignal\`.

## What the types rest on

Parameters are what Proxmox VE checks requests against. Answers it does not check: their types are the schemas that it
publishes, widened where real answers were seen to differ (\`GET /cluster/nextid\` says integer and answers \`"100"\`). An
answer may hold more than its type says.

The types are those of Proxmox VE ${newest}. The versions looked at are ${facts.map(({ version }) => version).join(', ')}: the list says since which of them
there is an endpoint, where not all have it, and a version in parentheses says the same of a parameter. Editors show it
too, with defaults, bounds and formats.

A host newer than that: \`npm run gen:api-facts -- --version X.Y apidoc.js\`, with the file that the host serves at
\`/pve-docs/api-viewer/apidoc.js\`, adds its version; then \`npm run gen\`. Named formats that the file does not spell out are
taken from the nearest version that is known. Those of 7.4 are of 8.4, and those of 9.1 are of 9.2: a sub-key of a property
string may there be of the neighbour.

## Endpoints

${endpoints.length} of them. Parameters in bold are required; those that stand in the path are left out.

${sections(endpoints, results).join('\n')}
### No longer in ${newest}

| endpoint | last seen in |
|---|---|
${gone.join('\n')}
`;
}

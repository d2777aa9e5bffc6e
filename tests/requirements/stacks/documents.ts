import fc from 'fast-check';

/** The two stacks. */
export const STACKS = ['red', 'blue'] as const;

/** One of the two stacks. */
export type Stack = (typeof STACKS)[number];

/** What a document of a stack says; it stands in a file of its name. */
export interface StackDocument {
  readonly vmid: number | undefined;
  readonly renamedFrom?: string;
  /** GiB. */
  readonly memory: number;
  /** Further lines of YAML. */
  readonly lines: readonly string[];
}

/** The documents that each stack begins with. */
export const FIRST_DOCUMENTS: Readonly<Record<Stack, ReadonlyMap<string, StackDocument>>> = {
  red: new Map([
    ['web', { vmid: 201, memory: 1, lines: ['power: running'] }],
    ['red-a', { vmid: undefined, memory: 1, lines: ['ttl: 1h', 'power: running'] }],
    ['red-b', { vmid: undefined, memory: 1, lines: ['ha: true', 'pool: shared'] }],
  ]),
  blue: new Map([
    ['web', { vmid: 301, memory: 1, lines: ['ttl: 1h'] }],
    ['blue-a', { vmid: undefined, memory: 1, lines: ['power: running', 'ha: true'] }],
    ['blue-b', { vmid: undefined, memory: 1, lines: ['clone: { from: 900 }', 'pool: shared'] }],
  ]),
};

/** Names that both stacks use, and names of one's own. */
export function namesOf(stack: Stack): readonly string[] {
  return ['web', 'db', `${stack}-a`, `${stack}-b`];
}

// An id that pvevm gives, one of the template, one of the other stack, and one that both write.
const CONTESTED = [101, 102, 900, 201, 301, 400];

function vmidsOf(stack: Stack, name: string): fc.Arbitrary<number | undefined> {
  const own = (stack === 'red' ? 201 : 301) + namesOf(stack).indexOf(name);
  // Two guests of one name are told apart by their ids alone.
  const isShared = !name.startsWith(stack);
  return fc.oneof(
    { weight: isShared ? 12 : 2, arbitrary: fc.constant(own) },
    { weight: isShared ? 2 : 10, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...CONTESTED) },
  );
}

const LINES = fc.subarray(
  [
    'power: running',
    'ttl: 1h',
    'ha: true',
    'pool: shared',
    'protection: true',
    'description: by a document',
    'tags: [web, pvevm-blue]',
    'node: pve1',
    'firewall: { enabled: true }',
    'clone: { from: 900 }',
    'defaults: none',
    'onMoved: migrate',
  ],
  { maxLength: 4 },
);

/** Any document of a name. */
export function documentsOf(stack: Stack, name: string): fc.Arbitrary<StackDocument> {
  const memory = fc.constantFrom(1, 2, 4);
  // As it stands in a document that is to take a guest over.
  const others = { vmid: fc.constant(stack === 'red' ? 301 : 201), memory, lines: fc.constant(['defaults: none']) };
  return fc.oneof(
    { weight: 10, arbitrary: fc.record({ vmid: vmidsOf(stack, name), memory, lines: LINES }) },
    { weight: 1, arbitrary: fc.record(others) },
  );
}

/** The document as YAML. */
export function documentText(name: string, { vmid, renamedFrom, memory, lines }: StackDocument): string {
  return [
    'kind: vm',
    `name: ${name}`,
    ...(vmid === undefined ? [] : [`vmid: ${vmid}`]),
    ...(renamedFrom === undefined ? [] : [`renamedFrom: ${renamedFrom}`]),
    `memory: { size: ${memory}GiB }`,
    ...(lines.some((line) => line.startsWith('ha:')) ? [] : ['ha: false']),
    // It has to have a node to move back to.
    ...lines.filter((line) => line !== 'onMoved: migrate' || lines.includes('node: pve1')),
    '',
  ].join('\n');
}

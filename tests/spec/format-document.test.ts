import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadSchemas } from '../../src/cli/load-schemas.ts';
import { formatDocuments } from '../../src/spec/format-document.ts';
import { RUNS, specs } from '../requirements/generated-specs.ts';
import { spell } from './spellings.ts';

const schemas = await loadSchemas();
const format = (text: string): string | undefined => formatDocuments(text, schemas);

it('puts keys in the order of the schema, with two columns a level', () => {
  expect(
    format(`name: a
kind: vm
network:
    net10: { vlan: 3, bridge: vmbr0 }
    net2:
        vlan:   4
disks:
 scsi1: {size: 1GiB,storage: b}
 ide0: {}
 scsi0: { size: 2GiB }
cpu: {type: host, cores: 4}
`),
  ).toBe(`kind: vm
name: a
disks:
  scsi0: { size: 2GiB }
  scsi1: { storage: b, size: 1GiB }
  ide0: {}
cpu: { cores: 4, type: host }
network:
  net2:
    vlan:   4
  net10: { bridge: vmbr0, vlan: 3 }
`);
});

it('keeps comments with what they speak of, blank lines, quotes and the columns of comments', () => {
  expect(
    format(`# yaml-language-server: $schema=x
# A guest.
kind: vm
name: "a"      # the name

# how much
memory:        # of the host
    # at least
    balloon: 1GiB
    # at most
    size: '2GiB' # enough
    # end of memory
# how many
cpu: { cores: 4 }       # four
# the end
`),
  ).toBe(`# yaml-language-server: $schema=x
# A guest.
kind: vm
name: "a"      # the name
# how many
cpu: { cores: 4 }       # four

# how much
memory:        # of the host
  # at most
  size: '2GiB' # enough
  # at least
  balloon: 1GiB
  # end of memory
# the end
`);
});

it('keeps texts of several lines as they are', () => {
  const text = `kind: vm
name: a
power: running
description: |
    one
      two

    three
tags:
- a
-   b
`;
  const formatted = format(text) ?? '';
  expect(formatted).toBe(`kind: vm
name: a
tags:
  - a
  - b
description: |
    one
      two

    three
power: running
`);
  expect(parse(formatted)).toEqual(parse(text));
  const kept = 'kind: vm\nname: a\ndescription: |+\n  a\n\n\ntags: [a]\n';
  expect(parse(format(kept) ?? '')).toEqual(parse(kept));
  const folded = 'kind: vm\nname: a\ndescription: >-\n   a\n   b\npool: "x\n  y"\nmemory: {}\n';
  expect(parse(format(folded) ?? '')).toEqual(parse(folded));
});

it('formats lists of maps, whose comments stay', () => {
  expect(
    format(`kind: vm
name: a
disks:
-   bus: virtio
    # big
    size: 1TiB
# the second
- storage: b
  bus: scsi
`),
  ).toBe(`kind: vm
name: a
disks:
  - bus: virtio
    # big
    size: 1TiB
  # the second
  - bus: scsi
    storage: b
`);
});

it('formats each document of a text, and leaves the marks between them and empty ones', () => {
  expect(
    format('---\nname: a\nkind: vm\n\n# next\n---\n# of b\nkind: vm\nmemory: {size: 1GiB}\nname: b\n---\n# nothing\n'),
  ).toBe('---\nkind: vm\nname: a\n\n# next\n---\n# of b\nkind: vm\nname: b\nmemory: { size: 1GiB }\n---\n# nothing\n');
});

it('formats project files, keys that nobody knows last', () => {
  expect(format('defaults:\n  vm: { disks: { scsi0: {}, "*": {} } }\nx: 1\nstack: lab\nkind: project\n')).toBe(
    'kind: project\nstack: lab\ndefaults:\n  vm: { disks: { "*": {}, scsi0: {} } }\nx: 1\n',
  );
});

it('keeps the lines of flow collections that have several, and those with comments as they are', () => {
  expect(format('kind: vm\nname: a\ncpu: {\n  type: host,\n  cores: 4\n  }\n')).toBe(
    'kind: vm\nname: a\ncpu: {\n  cores: 4,\n  type: host\n  }\n',
  );
  const commented = 'kind: vm\nname: a\ncpu: {\n  type: host, # x\n  cores: 4\n  }\n';
  expect(format(commented)).toBe(commented);
});

it('keeps the ends of lines, and ends a text with one', () => {
  expect(format('name: a\r\nkind: vm\r\n')).toBe('kind: vm\r\nname: a\r\n');
  expect(format('kind: vm\nname: a')).toBe('kind: vm\nname: a\n');
  expect(format('{ name: a, kind: vm }')).toBe('{ kind: vm, name: a }\n');
});

it('writes keys before their colons, and their values beside them', () => {
  expect(format('? name\n: a\n? kind\n: vm\n')).toBe('kind: vm\nname: a\n');
  expect(
    format(
      'kind: vm\n# above\n? name # the name\n# below\n: a # end\n? disks\n: ? scsi0\n  : {}\n  ? scsi1\n  : size: 1GiB\n? pool\n',
    ),
  ).toBe(
    'kind: vm\n# above\nname: # the name\n  # below\n  a # end\npool:\ndisks:\n  scsi0: {}\n  scsi1:\n    size: 1GiB\n',
  );
});

it('writes entries of lists beside their dashes, with the comments between the two above them', () => {
  expect(
    format(
      'kind: vm\nname: a\ndisks:\n  -\n    bus: virtio\n    # big\n    size: 1GiB\n  - # first\n    # second\n      size: 2GiB\ntags:\n-\n  a\n',
    ),
  ).toBe(
    'kind: vm\nname: a\ntags:\n  - a\ndisks:\n  - bus: virtio\n    # big\n    size: 1GiB\n  # first\n  # second\n  - size: 2GiB\n',
  );
});

it('keeps tags, which say what a value is', () => {
  expect(
    format('name: !!str 5\nkind: vm\nmemory: { size: !!str 5GiB,   balloon: !!bool true }\ntags: [!!str 1,a]\n'),
  ).toBe('kind: vm\nname: !!str 5\ntags: [!!str 1, a]\nmemory: { size: !!str 5GiB, balloon: !!bool true }\n');
  expect(format('kind: vm\nname: a\ntags:\n- !!str 1\n-   !!str a-b\n')).toBe(
    'kind: vm\nname: a\ntags:\n  - !!str 1\n  - !!str a-b\n',
  );
});

it('refuses what it cannot take apart by lines, in place of harming it', () => {
  expect(format('kind: vm\nname: a\ntags:\n-\n- b\n')).toBeUndefined();
});

it('finds nothing to do in the examples, which stand in its order', () => {
  const files = readdirSync('examples', { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.yaml'))) {
    const text = readFileSync(join('examples', file), 'utf8');
    expect(format(text)).toBe(text);
  }
});

/** Ways to write the same document. */
const SPELLINGS = fc.record({
  indent: fc.constantFrom(1, 2, 3, 4),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom('any', 'flow'),
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
  lineWidth: fc.constantFrom(0, 20, 80),
  commented: fc.boolean(),
}) as fc.Arbitrary<Record<string, unknown>>;

it('any document means the same once it is formatted, keeps its comments, and is formatted once and for all', () => {
  fc.assert(
    fc.property(specs, SPELLINGS, fc.infiniteStream(fc.nat(9)), (spec, { commented, ...spelling }, numbers) => {
      const entries = Object.entries({ kind: 'vm', name: 'a', ...spec })
        .map((entry) => [numbers.next().value ?? 0, entry] as const)
        .sort(([a], [b]) => a - b)
        .map(([, entry]) => entry);
      const plain = stringify(Object.fromEntries(entries), { ...spelling, aliasDuplicateObjects: false });
      const isWhole = /^[a-z]+:/;
      const text =
        commented === true && spelling['collectionStyle'] !== 'flow'
          ? plain.replace(new RegExp(isWhole, 'gm'), (key) => `# about ${key}\n${key}`)
          : plain;
      const formatted = format(text);
      // A key of a map in braces over several lines is written with `?`.
      if (formatted === undefined) return /^\s*\? /m.test(text);
      expect(parse(formatted)).toEqual(parse(text));
      expect(format(formatted)).toBe(formatted);
      // What stands above the first key speaks of the document, and stays.
      const [first] = text.split('\n', 1);
      for (const [, about, key] of formatted.matchAll(/^# about (\S+)\n(\S+)/gm))
        expect([key, first]).toContain(first === `# about ${about}` ? first : about);
      return true;
    }),
    { ...RUNS, numRuns: RUNS.numRuns * 8 },
  );
}, 600_000);

const commentsOf = (text: string): readonly string[] => (text.match(/# comment \d+/g) ?? []).sort();

it('a document in any spelling means the same once it is formatted, keeps its comments, and is formatted once and for all', () => {
  fc.assert(
    fc.property(specs, fc.infiniteStream(fc.nat(1_000_000)), (spec, numbers) => {
      const value = { kind: 'vm', name: 'a', ...spec };
      const text = spell(value, (bound) => (numbers.next().value ?? 0) % bound);
      expect(parse(text)).toEqual(value);
      const formatted = format(text);
      if (formatted === undefined) throw new Error(`not formatted:\n${text}`);
      expect(parse(formatted)).toEqual(parse(text));
      expect(commentsOf(formatted)).toEqual(commentsOf(text));
      expect(format(formatted)).toBe(formatted);
      expect(formatted).not.toMatch(/^ *\? |^ *-$/m);
    }),
    { ...RUNS, numRuns: RUNS.numRuns * 8 },
  );
}, 600_000);

// The reference page of the fields, docs/spec.md, from the schemas.
import { examplesOf, nodesOf, told } from './field-examples.mjs';
import { code, factsOf } from './field-facts.mjs';
import { fieldsOf } from './schemas.mjs';

const INTRODUCTION = `<!-- Written by \`npm run gen\` from schema/; changes here are lost. -->

# The fields of documents

Every field that a document of this version may have. [The guide](guide.md) says how documents are read; this page is made
from the JSON Schemas in \`schema/\`, which an editor can use too. In a path, \`*\` stands for a slot, as \`scsi0\` or \`net1\`.

What is said of a field:

- **Value** is what it takes. \`null\`, where it is listed, means: managed as absent.
- **Default** is the built-in default. One marked *(new)* is a creation value: it fills the request that creates the guest, and
  is compared with a guest that exists only where a document or the project file writes it. No default means that pvevm leaves
  the setting alone unless it is written.
- **Same as absent** is the value that means to Proxmox VE what no value means. It is not sent.
- **Proxmox VE** is the config key that the field becomes, with the key inside a property string, and the privilege that a
  change of it needs; \`root@pam\` where only that user may.
- **Changing it** says what a change means to a running guest: *at once* and *live* need nothing else; *restart* is written and
  stays pending until the guest is stopped and started; *live with hotplug* is live where the guest's \`hotplug\` holds that
  feature, and otherwise like *restart*; *next start* takes effect then too, but Proxmox VE does not report it as pending;
  *fixed* cannot be changed in place.
- **Fits** says with which other values it works. **Versions** are those of Proxmox VE; where none are named, all have it.
`;

const anchor = (kind, path) =>
  `${kind}-${path.replaceAll('.*', '').replaceAll('*', '').replaceAll('.', '-')}`.toLowerCase();

/** All that is said of one field. A `*` alone, the device itself, is told apart from the map of its slots. */
function entryOf(kind, schema, path, raw, field, examples) {
  const facts = factsOf(schema, raw, field);
  if (examples.length > 0) {
    facts.push([
      examples.length > 1 ? 'Examples' : 'Example',
      examples.map(({ yaml }) => yaml.split('\n').map(code).join(' with ')).join(', '),
    ]);
  }
  return [
    `<a id="${anchor(kind, path)}${path.endsWith('.*') ? '-slot' : ''}"></a>`,
    '',
    `#### ${code(path)}`,
    '',
    told(schema, raw, 'description'),
    '',
    ...facts.map(([name, words]) => `- **${name}**: ${words}`),
    '',
  ].join('\n');
}

/** The paths by group: a map with fields of its own is a group, and what stands alone is in the first. */
function groupsOf(paths) {
  const groups = new Map([['', []]]);
  for (const path of paths) {
    const [top] = path.split('.');
    const name = paths.some((other) => other.startsWith(`${top}.`)) ? top : '';
    groups.set(name, [...(groups.get(name) ?? []), path]);
  }
  return groups;
}

function sectionOf(kind, schema) {
  const nodes = nodesOf(schema);
  const fields = new Map(fieldsOf(schema).map((field) => [field.path, field]));
  const examples = examplesOf(schema);
  const groups = groupsOf([...nodes.keys()]);
  const link = (path) =>
    `[${path.replace(/^[^.]+\.(\*\.)?/, '').replaceAll('*', '\\*')}](#${anchor(kind, path)}${path.endsWith('.*') ? '-slot' : ''})`;
  const titleOf = (name) => (name === '' ? 'the document itself' : `\`${name}\``);
  return {
    index: [...groups].map(([name, paths]) => `- ${titleOf(name)}: ${paths.map(link).join(', ')}`).join('\n'),
    text: [...groups]
      .map(([name, paths]) =>
        [
          `### ${kind}: ${titleOf(name)}`,
          '',
          ...paths.map((path) =>
            entryOf(kind, schema, path, nodes.get(path), fields.get(path), examples.get(path) ?? []),
          ),
        ].join('\n'),
      )
      .join('\n'),
  };
}

/** The text of docs/spec.md. */
export function specPage(schemas) {
  const sections = [...schemas].map(([kind, schema]) => ({ kind, schema, ...sectionOf(kind, schema) }));
  const index = sections.map(({ kind, index: links }) => `**\`kind: ${kind}\`**\n\n${links}\n`);
  const texts = sections.map(({ kind, schema, text }) => `## \`kind: ${kind}\`\n\n${schema.description}\n\n${text}`);
  return [INTRODUCTION, '## Index\n', ...index, ...texts].join('\n');
}

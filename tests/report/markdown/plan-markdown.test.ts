import fc from 'fast-check';
import { micromark } from 'micromark';
import { expect, it } from 'vitest';
import type { Diagnostic } from '../../../src/core/diagnostic.ts';
import type { Plan, ResourcePlan } from '../../../src/core/plan.ts';
import { formatFindingsMarkdown } from '../../../src/report/markdown/findings-markdown.ts';
import { formatPlanMarkdown, type PlanMarkdownOptions } from '../../../src/report/markdown/plan-markdown.ts';
import { change, plan, resource, step } from '../plans.ts';
import { type ReadElement, readXml } from '../xml-elements.ts';

const asItIs = (text: string): string => text;

function format(value: Plan, options: Partial<PlanMarkdownOptions> = {}): string {
  const more = { label: 'https://pve1:8006', files: new Map(), limit: 65_000, clean: asItIs };
  return formatPlanMarkdown(value, { ...more, ...options });
}

const update = resource({
  changes: [
    change({ effect: 'restart', note: 'pending until restart (hotplug: disk, network, usb)' }),
    change({ path: 'description', key: 'description', before: 'one\ntwo', after: 'one\nthree' }),
  ],
  steps: [
    step('vm/web-01#1', 'change memory, description', {
      request: { method: 'PUT', path: '/nodes/pve1/qemu/104/config', params: { memory: '4096', digest: 'abc' } },
    }),
  ],
});
const removal = resource({
  ...{ address: 'vm/old-01', action: 'delete', vmid: 107, reason: 'in no document of stack lab' },
  source: { file: 'pvevm.yaml', line: 1 },
  changes: [change({ path: 'scsi0', before: 'ceph-pool:vm-107-disk-0, 32G', after: null, effect: 'data-loss' })],
  steps: [step('vm/old-01#1', 'destroy', { effect: 'data-loss', removes: ['ceph-pool:vm-107-disk-0'] })],
});

function finding(more: Partial<Diagnostic> = {}): Diagnostic {
  return {
    ...{ severity: 'warning', code: 'MISSING', summary: 'no such bridge', detail: 'Node pve1 has no bridge vmbr7.' },
    range: { file: 'web.yaml', line: 2, column: 1, length: 4 },
    ...more,
  };
}

/** A report as GitHub shows it: Markdown made to HTML, whose elements are read strictly. */
function shown(markdown: string): readonly ReadElement[] {
  const html = micromark(markdown, { allowDangerousHtml: true });
  return readXml(`<body>${html.replaceAll('<details open>', '<details open="">')}</body>`);
}

it('shows a plan: marker, sentence, consent, findings, and each resource with changes and steps', () => {
  const files = new Map([['web.yaml', 'kind: vm\nname: web-01\n']]);
  const text = format(plan([update, removal], { stack: 'lab', diagnostics: [finding()] }), { files });
  expect(text).toBe(`<!-- pvevm plan lab -->

### Plan: 0 to add, 1 to change, 1 to destroy.

1 change takes effect after a restart (--allow restart).

<p><code>https://pve1:8006 (Proxmox VE 9.2.11, cluster lab)   stack lab</code></p>

<p><b>Needs consent:</b> <code>--allow data-loss</code></p>
<ul>
<li><code>vm/old-01</code> <code>destroy</code> <b>data-loss</b> removes <code>ceph-pool:vm-107-disk-0</code></li>
</ul>

<details open><summary>1 warning</summary>

\`\`\`text
web.yaml:2:1: warning: no such bridge [PVEVM-MISSING]
  Node pve1 has no bridge vmbr7.

    1 | kind: vm
    2 | name: web-01
      | ^^^^
\`\`\`

</details>

<details open><summary><code>~ vm/web-01</code> · <code>104 on pve1</code> · <b>live</b> · <b>restart</b> · <code>web.yaml:3</code></summary>

\`\`\`diff
! memory.size  2 GiB → 4 GiB  ! pending until restart (hotplug: disk, network, usb)
! description  changed lines:  live
  one
- two
+ three
\`\`\`

1 step:

\`\`\`text
1. change memory, description
\`\`\`

</details>

<details open><summary><code>- vm/old-01</code> · <code>107 on pve1, in no document of stack lab</code> · <b>data-loss</b> · <code>pvevm.yaml:1</code></summary>

\`\`\`diff
- scsi0  ceph-pool:vm-107-disk-0, 32 GiB  ! data-loss
\`\`\`

1 step:

\`\`\`text
1. destroy
\`\`\`

</details>
`);
});

it('R-20: prints the requests of each step with showRequests', () => {
  expect(format(plan([update]), { showRequests: true })).toContain(
    '1. change memory, description\n   PUT /nodes/pve1/qemu/104/config\n     memory: "4096"\n     digest: "abc"\n',
  );
});

it('shows only what is wrong where a plan has errors', () => {
  const text = format(plan([removal], { diagnostics: [finding({ severity: 'error' })] }));
  expect(text).toContain('### The plan has errors.\n\nNothing can be carried out before they are mended.\n');
  expect(text).toContain('web.yaml:2:1: error: no such bridge [PVEVM-MISSING]');
  expect(text).not.toContain('vm/old-01');
});

it('has the same marker for documents that are not valid, so that one comment is updated', () => {
  const options = { stack: 'lab', limit: 65_000, clean: asItIs };
  const text = formatFindingsMarkdown([finding({ severity: 'error' })], new Map(), options);
  expect(text.split('\n')[0]).toBe(format(plan([], { stack: 'lab' })).split('\n')[0]);
  expect(text).toContain('### The documents are not valid.');
});

it('folds the resources of a longer plan', () => {
  const many = [1, 2, 3, 4].map((number) => ({ ...update, address: `vm/web-0${number}` as const }));
  expect(format(plan(many))).not.toContain('<details open>');
});

it.each([[3000], [20_000], [65_000]])(
  'stays within %i bytes in whole resources, and says how many are left out',
  (limit) => {
    const many = Array.from({ length: 2000 }, (_, index): ResourcePlan => ({ ...update, address: `vm/web-${index}` }));
    const text = format(
      plan(many, {
        diagnostics: Array.from({ length: 60 }, (_, index) => finding({ detail: `é${index}`.repeat(40) })),
      }),
      { limit },
    );
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
    expect(Buffer.byteLength(text)).toBeGreaterThan(limit / 2);
    const listed = shown(text).filter(({ text: code }) => code.startsWith('~ vm/web-')).length;
    const left = Number(/\*\*(\d+) more resources\*\* left out/.exec(text)?.[1]);
    expect(listed + left).toBe(2000);
  },
);

it('shows each SSH key and each line of the description of a new guest', () => {
  const keys = ['ada', 'ben'].map(
    (name) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGNbHurPyyQUAhzw9FeqPt95 ${name}@desk`,
  );
  const made = resource({
    action: 'create',
    changes: [
      change({ before: null }),
      change({ path: 'description', before: null, after: 'A shop.\nAsk ```Ada```.\n' }),
      change({ path: 'cloudInit.sshKeys', before: null, after: keys }),
    ],
  });
  expect(format(plan([made]))).toContain(`
\`\`\`\`diff
+ memory             size 4 GiB
+ description        as follows:
+     A shop.
+     Ask \`\`\`Ada\`\`\`.
+ cloudInit.sshKeys  as follows:
+     ${keys[0]}
+     ${keys[1]}
\`\`\`\`
`);
});

it('tells those of a long plan that are alike together, so that what is otherwise is not left out for them', () => {
  const created = Array.from({ length: 300 }, (_, index) =>
    resource({
      ...{
        address: `vm/n-${index + 1}`,
        action: 'create',
        vmid: 201 + index,
        changes: [change({ before: null, effect: 'none' })],
      },
      steps: [step(`vm/n-${index + 1}#1`, 'create')],
    }),
  );
  const text = format(plan([...created, removal]));
  const [, ...heads] = text.split('<summary>').map((part) => part.split('</summary>')[0]);
  expect(heads).toEqual([
    '<code>+ vm/n-1</code> · <code>id 201, node: pve1</code> · <code>web.yaml:3</code> · <b>and 299 more in the same way</b>',
    '<code>- vm/old-01</code> · <code>107 on pve1, in no document of stack lab</code> · <b>data-loss</b> · <code>pvevm.yaml:1</code>',
  ]);
  expect(text).toContain('\n299 more in the same way:\n\n```text\nvm/n-2    202 on pve1\nvm/n-3    203 on pve1\n');
  expect(text).toContain('\nvm/n-101  301 on pve1\n… and 199 more\n```\n');
  expect(text).not.toContain('left out');
  expect(format(plan(created), { verbose: true })).not.toContain('in the same way');
});

it('names a resource that is too long to be shown, and shows the next one', () => {
  const long = change({ path: 'description', before: 'a\nb', after: 'line\n'.repeat(20_000) });
  const text = format(plan([{ ...update, changes: [long] }, removal]));
  expect(text).toContain(
    '<p><code>~ vm/web-01</code> · <code>104 on pve1</code> · <b>live</b> · <code>web.yaml:3</code> · too long to show here</p>',
  );
  expect(text).toContain('<code>- vm/old-01</code>');
  expect(Buffer.byteLength(text)).toBeLessThan(65_000);
});

const NASTY = fc.string({
  unit: fc.constantFrom(
    ...[
      'zq',
      '`',
      '```',
      '~~~',
      '<',
      '>',
      '&',
      '"',
      '</code>',
      '<b>',
      '</details>',
      '<script>',
      '-->',
      '<!--',
      '*',
      '_',
      '[',
    ],
    ...[
      '](x)',
      '\n',
      '\r',
      '\t',
      ' ',
      '#',
      '@',
      '\\',
      '|',
      '\u001b[31m',
      '\u202e',
      '&lt;',
      '\u0000',
      '=',
      '-',
      '+',
      '1. ',
    ],
  ),
  maxLength: 12,
});

it('R-50: nothing of a file or a server is Markdown or HTML, and the tags are balanced', () => {
  const allowed = new Set(['body', 'p', 'h3', 'ul', 'li', 'b', 'code', 'pre', 'details', 'summary', 'strong']);
  fc.assert(
    fc.property(fc.array(NASTY, { minLength: 8, maxLength: 8 }), fc.boolean(), (words, isWrong) => {
      const [one = '', two = '', three = '', four = '', five = '', six = '', seven = '', eight = ''] = words;
      const value = plan(
        [
          resource({
            ...{ address: `vm/${one}`, node: two, reason: three, source: { file: four, line: 1 }, unmanaged: [five] },
            changes: [
              change({ path: six, before: seven, after: eight }),
              change({ before: one, after: `${two}\n${three}` }),
            ],
            steps: [
              step('vm/x#1', four, {
                ...{ resource: `vm/${one}`, effect: 'data-loss', removes: [five] },
                request: { method: 'PUT', path: `/${six}`, params: { [seven]: eight } },
              }),
            ],
          }),
        ],
        {
          diagnostics: [
            finding({
              detail: one,
              severity: isWrong ? 'error' : 'warning',
              range: { file: two, line: 1, column: 1, length: 1 },
            }),
          ],
        },
      );
      const text = format(value, { label: three, showRequests: true, verbose: true, files: new Map([[two, four]]) });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
      for (const element of shown(text)) {
        expect(allowed).toContain(element.name);
        if (element.name !== 'code') expect(element.text).not.toMatch(/zq|[`<&"*@[\\|]/);
      }
    }),
    { numRuns: 300 },
  );
});

it('R-48: takes a secret out before it is escaped', () => {
  const clean = (text: string): string => text.replaceAll('a<b&c', '********');
  const text = format(plan([resource({ ...update, reason: 'with a<b&c' })]), { clean });
  expect(text).toContain('with ********');
  expect(text).not.toContain('a&lt;b');
});

it('is the same bytes for the same plan', () => {
  const value = plan([update, removal], { diagnostics: [finding()] });
  expect(format(value)).toBe(format(structuredClone(value)));
});

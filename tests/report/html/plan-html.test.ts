import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { sanitizeText } from '../../../src/core/sanitize.ts';
import { formatFindingsPage } from '../../../src/report/html/findings-page.ts';
import { change, plan, resource, step } from '../plans.ts';
import { FILES, longPlan, mixedPlan, pageOf } from './pages.ts';
import { foreignMarkup } from './tags.ts';

function textOf(page: string): string {
  return page
    .replace(/<(style|script)>[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/ +/g, ' ');
}

/** A plan with one text in every place in which a file or a server may put one. */
function planOf(text: string, values: Json): Plan {
  const changes = [
    change({ path: text, key: text, before: values, after: text, origin: text, note: text, effect: 'restart' }),
    change({ path: 'description', before: `${text}\na`, after: `b\n${text}` }),
    change({ path: `disks.${text}`, before: null, after: { size: text, storage: text, [text]: values } }),
    change({ path: 'firewall.rules', before: [{ comment: text }], after: [{ comment: 'x' }, { [text]: text }] }),
  ];
  const steps = [
    step('vm/a#1', text, {
      effect: 'data-loss',
      removes: [text, 'another'],
      request: { method: 'PUT', path: `/${text}`, params: { [text]: values, a: text } },
      await: { for: 'agent', address: text, timeoutMs: 1000 },
    }),
  ];
  const shared = { changes, steps, source: { file: text, line: 1 }, node: text, nodeReason: text, reason: text };
  return plan(
    [
      resource({ ...shared, address: `vm/${text}`, unmanaged: [text] }),
      resource({ ...shared, address: `vm/b${text}`, action: 'create', from: text }),
      resource({ ...shared, address: `vm/c${text}`, action: 'create' }),
      resource({ ...shared, address: `vm/d${text}`, action: 'delete', identity: text, vmid: null }),
    ],
    {
      stack: text,
      cluster: { name: text, version: text },
      diagnostics: [
        {
          severity: 'warning',
          code: 'IDENTITY',
          summary: text,
          detail: text,
          range: { file: text, line: 2, column: 1, length: 3 },
        },
      ],
    },
  );
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '</style><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onclick='alert(1)",
  '&lt;b&gt; &amp; &#60;',
  '<!-- ',
  '-->',
  ']]>',
  '</pre></details>',
  '{{x}}${y}`',
  '\u001b[31m\u202e\u0000',
  '$&$1$`',
];
const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc
    .array(fc.constantFrom('<', '>', '"', "'", '&', '/', '=', ' ', '\n', 'a', '-', '!'), { maxLength: 12 })
    .map((parts) => parts.join('')),
);

describe('a plan as a page', () => {
  it('says what the text says: summary, placement, changes with effects and places, steps and requests', () => {
    const shown = textOf(pageOf(mixedPlan()));
    for (const part of [
      'Plan: 1 to add, 1 to change, 1 to destroy.',
      'https://pve1:8006 (Proxmox VE 9.2.11, cluster lab) stack lab',
      'id 101 (next free), node: pve2 (most free memory)',
      'db.yaml:1',
      'cores 4, type host',
      'db.yaml:3:8',
      '32 GiB → 40 GiB',
      '! pending until restart (hotplug: disk, network, usb)',
      'web.yaml:9:18',
      '- Ask Ada.',
      '+ Ask Grace.',
      'PUT /nodes/pve1/qemu/104/config memory: &quot;4096&quot;',
      'waits until the task has ended, at most 60 min',
      '--allow data-loss',
      'ceph-pool:vm-107-disk-0, 32 GiB',
      'in no document of stack lab',
      'this may be a rename',
      'PVEVM-IDENTITY',
      '2 | name: db-01',
    ])
      expect(shown.replaceAll('\n', ' ').replace(/ +/g, ' ')).toContain(part);
  });

  it('leaves out what is not managed, unless asked for it', () => {
    expect(pageOf(mixedPlan())).not.toContain('Not managed');
    expect(textOf(pageOf(mixedPlan(), { verbose: true }))).toContain('Not managed: startup');
  });

  it('is one file: its policy lets a browser load nothing, and run only what it holds', () => {
    const page = pageOf(mixedPlan());
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'");
    const hashOf = (name: string): string => {
      const content = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(page)?.[1] ?? '';
      return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
    };
    expect(policy).toBe(
      `default-src 'none'; img-src data:; style-src ${hashOf('style')}; script-src ${hashOf('script')}; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:)|url\(|@import|style="/);
  });

  it('has the same bytes for the same plan', () => {
    expect(pageOf(mixedPlan())).toBe(pageOf(structuredClone(mixedPlan())));
  });

  it('shows only what was found where there are errors, which would make its numbers wrong', () => {
    const wrong = plan(mixedPlan().resources, {
      diagnostics: [{ severity: 'error', code: 'MISSING', summary: 'no such bridge', detail: 'pve1 has no vmbr7.' }],
    });
    const shown = textOf(pageOf(wrong));
    expect(shown).toContain('The plan has errors.');
    expect(shown).toContain('pve1 has no vmbr7.');
    expect(shown).not.toContain('vm/web-01');
  });

  it('begins with each resource on one line where there are many, and with all of them open where there are few', () => {
    expect(pageOf(longPlan(25)).match(/<details class="r [^>]* open>/g)).toHaveLength(25);
    expect(pageOf(longPlan(26))).not.toMatch(/<details class="r [^>]* open>/);
    expect(pageOf(longPlan(26), { verbose: true }).match(/<details class="r [^>]* open>/g)).toHaveLength(26);
  });

  it('stays small enough to be opened: no more than 6 kB a guest', () => {
    expect(pageOf(longPlan(1000)).length).toBeLessThan(6_000_000);
  });
});

describe('what comes from files and servers', () => {
  it('R-50: never becomes a tag, an attribute or an entity, wherever it stands', () => {
    fc.assert(
      fc.property(text, fc.json(), (value, json) => {
        const values = JSON.parse(json) as Json;
        const files = new Map([[value, `a\n${value}\n`]]);
        expect(
          foreignMarkup(pageOf(planOf(value, values), { label: value, files, verbose: true, showRequests: true })),
        ).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('R-50: holds no control character, and no mark that turns the direction of text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(sanitizeText(pageOf(planOf(value, value)))).toBe(pageOf(planOf(value, value)));
      }),
    );
  });

  it('R-50: is escaped in a page of findings too', () => {
    fc.assert(
      fc.property(text, (value) => {
        const [diagnostic] = planOf(value, null).diagnostics;
        if (diagnostic === undefined) throw new Error('no finding');
        expect(foreignMarkup(formatFindingsPage([diagnostic], new Map([[value, `a\n${value}\n`]])))).toEqual([]);
      }),
    );
  });

  it('is looked for in a way that finds it', () => {
    expect(foreignMarkup(pageOf(mixedPlan()))).toEqual([]);
    const planted = ['<img src=x>', '<b onclick="x">', '<p style="x">', 'a > b', 'a & b', '<script>x</script>'];
    for (const piece of planted) {
      const page = pageOf(mixedPlan()).replace('</h1>', `${piece}</h1>`);
      expect(foreignMarkup(page), piece).not.toEqual([]);
    }
  });

  it('R-48: shows no secret of a token or a ticket', () => {
    const token = 'root@pam!ci=12345678-1234-1234-1234-123456789abc';
    const page = pageOf(planOf(token, { a: token, b: 'PVE:root@pam:12345678::abc/def=' }), {
      label: token,
      files: FILES,
    });
    expect(page).not.toContain('12345678');
    expect(page).toContain('root@pam!ci=********');
  });
});

it('shows each SSH key and each line of the description of a new guest', () => {
  const keys = ['ada', 'ben'].map(
    (name) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGNbHurPyyQUAhzw9FeqPt95 ${name}@desk`,
  );
  const changes = [
    change({ path: 'description', before: null, after: 'A shop.\nAsk Ada.\n' }),
    change({ path: 'cloudInit.sshKeys', before: null, after: keys }),
  ];
  const page = pageOf(plan([resource({ action: 'create', changes })]));
  const lines = [...page.matchAll(/<span class="plus">(.*?)<\/span>/g)].map(([, line]) => line);
  expect(lines).toEqual(['+ A shop.', '+ Ask Ada.', ...keys.map((key) => `+ ${key}`)]);
});

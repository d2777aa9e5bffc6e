import { spawnSync } from 'node:child_process';
import { micromark } from 'micromark';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { type ReadElement, readXml } from '../../report/xml-elements.ts';
import type { Format, Reader } from './formats.ts';

// Written as escapes, so that the file itself holds none of them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;
// What pvevm itself sends to a terminal: the colours of its theme, and what draws a live line anew.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const OWN = /\u001b\[(?:(?:[0-2]|22|3[1-3]|36|39)m|\?(?:25|7|2026)[hl]|\d+A|[KJ])|\r(?=\u001b\[|$)/gm;
// What begins a part of the log in GitLab (docs.gitlab.com: ci/jobs/job_logs).
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const SECTION = /^section_(?:start|end):\d+:pvevm_run\r\u001b\[0K/gm;
const TAGS = ['body', 'p', 'h3', 'ul', 'li', 'b', 'code', 'pre', 'details', 'summary', 'strong'];

function plainOf({ reader }: Format, text: string): string {
  if (reader === 'terminal') return text.replace(OWN, '');
  return reader === 'GitLab' ? text.replace(SECTION, '') : text;
}

function markdownElements(markdown: string): readonly ReadElement[] {
  const html = micromark(markdown.replace(/^<!--.*?-->$/gm, ''), { allowDangerousHtml: true });
  return readXml(`<body>${html.replaceAll('<details open>', '<details open="">')}</body>`);
}

/** What is obeyed in a script of variables: nothing but that they are set, here to be printed. */
function expectHarmlessShell(text: string): void {
  const { stdout, status } = spawnSync('sh', ['-euc', `${text}\nls`], { encoding: 'utf8', cwd: '/', env: {} });
  expect([status, stdout.includes('pwned')]).toEqual([0, false]);
  for (const line of text.split('\n').filter((one) => one !== ''))
    expect(line).toMatch(/^(?:export PVEVM_VM_\w+='[^']*'|unset PVEVM_VM_\w+)$/);
}

function expectHarmlessHtml(page: string): void {
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toMatch(/<img|javascript:alert\(1\)"|<a href="(?!#)/);
}

/** Each line that GitHub’s runner would obey is one of ours. */
function expectOwnCommands(text: string): void {
  for (const line of text.split('\n').filter((one) => /^\s*::/.test(one)))
    expect(line).toMatch(/^::(?:error|warning) (?:file=[^,:]*,line=\d+,(?:\w+=\d+,)*)?title=[^,]*?::/);
  const others = text.split('\n').filter((line) => !line.startsWith('::'));
  expect(others.filter((line) => line.includes('##['))).toEqual([]);
}

const CHECKS: Readonly<Record<Reader, (text: string) => void>> = {
  people: () => undefined,
  terminal: () => undefined,
  GitLab: (text) => expect(text).not.toMatch(/^section_/m),
  JSON: (text) => void JSON.parse(text),
  'JSON lines': (text) => {
    for (const line of text.trimEnd().split('\n')) JSON.parse(line);
  },
  Markdown: (text) => {
    for (const { name, attributes } of markdownElements(text)) {
      expect(TAGS).toContain(name);
      expect(Object.keys(attributes).filter((key) => key !== 'open' && key !== 'class')).toEqual([]);
    }
  },
  HTML: expectHarmlessHtml,
  XML: (text) => {
    const names = new Set(readXml(text).map(({ name }) => name));
    expect([...names].filter((name) => !/^(?:test(?:suites|suite|case)|failure|system-out)$/.test(name))).toEqual([]);
  },
  GitHub: expectOwnCommands,
  shell: expectHarmlessShell,
  ssh: (text) => {
    const words = text.split('\n').flatMap((line) => /^\s*(\S+)/.exec(line)?.[1] ?? []);
    expect(words.filter((word) => !['Host', 'HostName', 'User', 'HostKeyAlias'].includes(word))).toEqual([]);
  },
  Ansible: (text) => {
    expect(text).not.toMatch(/\{\{|\{%|!!|!unsafe/);
    parse(text);
  },
};

/** Fails where a text of a format moves a terminal, or is taken for more than text by whom the format is for. */
export function expectHarmless(format: Format, text: string): void {
  const plain = plainOf(format, text);
  const unsafe = UNSAFE.exec(plain);
  expect(unsafe === null ? '' : JSON.stringify(plain.slice(Math.max(0, unsafe.index - 80), unsafe.index + 40))).toBe(
    '',
  );
  CHECKS[format.reader](plain);
}

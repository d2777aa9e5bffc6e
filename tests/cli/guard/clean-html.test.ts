import { expect, it } from 'vitest';
import { cleanHtml, isHtml } from '../../../src/cli/guard/clean-html.ts';
import { redactAnywhere } from '../../../src/core/redact.ts';
import { formatFindingsPage } from '../../../src/report/html/findings-page.ts';

function pageOf(detail: string): string {
  return formatFindingsPage([{ severity: 'error', code: 'MISSING', summary: 'no such bridge', detail }], new Map());
}

function clean(page: string, ...secrets: readonly string[]): string {
  return cleanHtml(page, (text) => redactAnywhere(text, secrets));
}

it('knows a page by its beginning', () => {
  expect(isHtml(pageOf('x'))).toBe(true);
  expect(isHtml('{"a": "<!doctype html>"}')).toBe(false);
});

it('R-48: masks a secret that is spelled otherwise in a page, in the text that people read', () => {
  const secret = `p&ss<w>"o'rd`;
  const page = clean(pageOf(`the password is ${secret}, it says`), secret);
  expect(page).toContain('the password is ********, it says');
  expect(page).not.toContain('o&#39;rd');
});

it('leaves markup, style and script alone, although a secret is one of their words', () => {
  for (const secret of ['class', 'main', 'const', 'script', 'sha256', 'quot', 'color'])
    expect(clean(pageOf('no "word"'), secret)).toBe(pageOf('no "word"'));
});

it('leaves a page without secrets as it is', () => {
  const page = pageOf('a & b < c &amp; "d"');
  expect(clean(page, 'something else')).toBe(page);
});

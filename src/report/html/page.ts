import { createHash } from 'node:crypto';
import { html, type Markup, trusted } from './markup.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** What a page is made of. */
export interface Page {
  /** What the tab of a browser says. */
  readonly title: string;
  readonly header: Markup;
  readonly main: Markup;
}

// A leaf of three lines: what a plan looks like from afar.
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3' fill='%23245f8f'/%3E%3Cpath d='M4 5h8M4 8h5M4 11h7' stroke='%23fff' stroke-width='1.5'/%3E%3C/svg%3E";

function sourceOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const POLICY = [
  "default-src 'none'",
  'img-src data:',
  `style-src ${sourceOf(STYLE)}`,
  `script-src ${sourceOf(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * A whole page in one file. Its policy lets a browser load nothing, and run nothing but its own style and script, whatever
 * the data holds. Ends with a newline; the same page has the same bytes.
 */
export function formatPage({ title, header, main }: Page): string {
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="${trusted(ICON)}">
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>${header}</header>
<main>${main}</main>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`.markup
  }`;
}

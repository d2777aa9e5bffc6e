import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where Chromium is: as `PVEVM_CHROMIUM` says, or where distributions put it; undefined where there is none, which is said. */
export function findChromium(): string | undefined {
  const told = process.env['PVEVM_CHROMIUM'];
  const found = told === undefined || told === '' ? PLACES.find((place) => existsSync(place)) : told;
  if (found === undefined) process.stdout.write('No Chromium found: pages are not looked at in a browser.\n');
  return found;
}

/** A page in a browser, and what went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  /** What its console said, and what was thrown. */
  readonly problems: readonly string[];
  /** The addresses that it asked for. */
  readonly requests: readonly string[];
}

/** A browser for the pages of a test, with a profile of its own. */
export interface Browser {
  open(html: string, options?: BrowserContextOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

/** Starts Chromium. */
export async function startChromium(executablePath: string): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-chromium-'));
  const browser = await chromium.launch({ executablePath, args: FLAGS, chromiumSandbox: false });
  const contexts: BrowserContext[] = [];
  let count = 0;
  return {
    open: async (html, options = {}) => {
      const file = join(folder, `${count}.html`);
      count += 1;
      writeFileSync(file, html);
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      contexts.push(context);
      const page = await context.newPage();
      const problems: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => problems.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('request', (request) => requests.push(request.url()));
      page.on('dialog', (dialog) => {
        problems.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      await page.goto(pathToFileURL(file).href);
      return { page, problems, requests };
    },
    close: async () => {
      for (const context of contexts) await context.close();
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

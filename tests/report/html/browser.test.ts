import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { change, plan, resource, step } from '../plans.ts';
import { type Browser, findChromium, startChromium } from './chromium.ts';
import { faintTexts } from './contrast.ts';
import { longPlan, mixedPlan, pageOf } from './pages.ts';

const executable = findChromium();

const openAll = "for (const details of document.querySelectorAll('details')) details.open = true";
const chip = (page: Page, text: string): Locator => page.locator('.chip', { hasText: text });

// Skipped where no Chromium is found: it is no package of npm, and CI installs it.
describe.skipIf(executable === undefined)('in a browser, a plan', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium(executable ?? '');
  });
  afterAll(() => browser?.close());

  it('is shown without an error, and without asking for anything else', async () => {
    const { page, problems, requests } = await browser.open(pageOf(mixedPlan()));
    expect(await page.title()).toBe('Plan: 1 to add, 1 to change, 1 to destroy. · pvevm');
    await page.getByText('Where each value comes from').click();
    expect(await page.getByText('built-in default').isVisible()).toBe(true);
    expect(problems).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
  });

  it('is told to those who cannot see it: landmarks, headings, names of controls', async () => {
    const { page } = await browser.open(pageOf(mixedPlan()));
    const tree = await page.locator('body').ariaSnapshot();
    for (const part of [
      '- banner:',
      'heading "Plan: 1 to add, 1 to change, 1 to destroy." [level=1]',
      '- main:',
      'region "Needs your consent --allow data-loss":',
      'region "Findings 1 warning":',
      'heading "warning this may be a rename" [level=3]',
      'region "Resources":',
      'group "Show only":',
      'checkbox "1 to add"',
      'checkbox "1 data-loss"',
      'searchbox "Find by name"',
      'heading "vm/db-01 to add" [level=3]',
      'term: cpu',
      'status: 4 resources',
    ])
      expect(tree).toContain(part);
  });

  const visible = '.r:visible .find';

  it('is filtered by effect and by what is done, without a script too', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const { page } = await browser.open(pageOf(mixedPlan()), { javaScriptEnabled });
      const shown = (): Promise<string[]> => page.locator(visible).allTextContents();
      expect(await shown()).toEqual(['vm/db-01', 'vm/web-01', 'vm/keep', 'vm/old-01']);
      await chip(page, '1 data-loss').click();
      expect(await shown()).toEqual(['vm/old-01']);
      await chip(page, '1 restart').click();
      expect(await shown()).toEqual(['vm/web-01', 'vm/old-01']);
      await chip(page, '1 to change').click();
      expect(await shown()).toEqual(['vm/web-01']);
      await page.getByText('Show all').click();
      expect(await shown()).toHaveLength(4);
    }
  });

  it('is searched by name, with the keyboard alone, and says how many are left', async () => {
    const { page, problems } = await browser.open(pageOf(mixedPlan()));
    await page.keyboard.press('/');
    await page.keyboard.type('WEB');
    expect(await page.locator(visible).allTextContents()).toEqual(['vm/web-01']);
    expect(await page.getByRole('status').textContent()).toBe('1 of 4 resources');
    await page.keyboard.type('x');
    await page.keyboard.press('Enter');
    expect(await page.getByText('None of the resources is that.').isVisible()).toBe(true);
    expect(problems).toEqual([]);
  });

  it('is filtered and folded with the keyboard', async () => {
    const { page } = await browser.open(pageOf(mixedPlan()));
    await page.getByRole('checkbox', { name: '1 to add' }).focus();
    await page.keyboard.press('Space');
    expect(await page.locator(visible).allTextContents()).toEqual(['vm/db-01']);
    await page.keyboard.press('/');
    await page.keyboard.type('web/');
    expect(await page.getByRole('searchbox').inputValue()).toBe('web/');
    expect(await page.locator(visible).allTextContents()).toEqual([]);
    await page.getByRole('searchbox').fill('');
    await page.locator('#r1 > summary').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#r1').getAttribute('open')).toBeNull();
  });

  it('leads from what has to be allowed to its resource, which opens', async () => {
    const { page } = await browser.open(pageOf(mixedPlan()));
    await page.getByRole('button', { name: 'Close all' }).click();
    expect(await page.locator('.r[open]').count()).toBe(0);
    await page.getByRole('link', { name: 'vm/old-01' }).click();
    await page.locator('#r4[open]').waitFor();
    await page.getByRole('button', { name: 'Open all' }).click();
    expect(await page.locator('.r[open]').count()).toBe(4);
  });

  it('fits a phone: nothing is wider than 360 pixels, whatever the names', async () => {
    const long = 'x'.repeat(300);
    const wide = resource({
      address: `vm/${long}`,
      node: long,
      source: { file: `${long}.yaml`, line: 1 },
      changes: [
        change({ path: `tags.${long}`, before: long, after: long, origin: long, effect: 'restart', note: long }),
        change({ path: 'description', before: `${long}\na`, after: `b\n${long}` }),
      ],
      steps: [
        step('vm/a#1', long, {
          effect: 'data-loss',
          removes: [long, `${long}y`],
          needs: ['restart', 'hard-stop'],
          request: { method: 'PUT', path: `/${long}`, params: { [long]: long } },
        }),
      ],
    });
    const diagnostics = [
      {
        ...({ severity: 'warning', code: 'IDENTITY', summary: long, detail: long } as const),
        range: { file: 'db.yaml', line: 2, column: 1, length: 3 },
      },
    ];
    const files = new Map([['db.yaml', `a\n${long}`]]);
    for (const value of [mixedPlan(), plan([wide, wide, wide, wide], { stack: long, diagnostics })]) {
      const viewport = { width: 360, height: 740 };
      const { page } = await browser.open(pageOf(value, { files, verbose: true }), { viewport });
      await page.evaluate(openAll);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      const wider = await page.evaluate(`
        [...document.querySelectorAll('body *:not(.vh, .frame)')]
          .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > 361)
          .map((element) => element.tagName + '.' + element.className)
      `);
      expect(wider).toEqual([]);
    }
  });

  it('can be read by light and by dark: every text has a contrast of 4.5 or more', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await browser.open(pageOf(mixedPlan(), { verbose: true }), { colorScheme });
      await page.evaluate(openAll);
      expect(await faintTexts(page), colorScheme).toEqual([]);
      await chip(page, '1 to add').click();
      expect(await faintTexts(page), `${colorScheme}, filtered`).toEqual([]);
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
        colorScheme === 'light' ? 'rgb(246, 246, 244)' : 'rgb(18, 19, 22)',
      );
    }
  });

  it('is looked at in a way that finds a text that is too faint', async () => {
    const { page } = await browser.open('<!doctype html><body><p style="color:#999;background:#fff">faint</p>');
    expect(await faintTexts(page)).toHaveLength(1);
  });

  it('is printed with its steps open, and closed again after', async () => {
    const { page } = await browser.open(pageOf(mixedPlan()));
    const folded = page.getByText('PUT /nodes/pve1/qemu/104/config');
    expect(await folded.isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("void dispatchEvent(new Event('beforeprint'))");
    expect(await folded.isVisible()).toBe(true);
    expect(await page.locator('.bar').isVisible()).toBe(false);
    await page.evaluate("void dispatchEvent(new Event('afterprint'))");
    await page.emulateMedia({ media: 'screen' });
    expect(await folded.isVisible()).toBe(false);
  });

  it('R-50: runs nothing that a server or a file has put into it', async () => {
    const hostile =
      '</script><script>alert(1)</script><img src=x onerror=alert(2)><b>bold</b>"\'><a href="javascript:alert(3)">';
    const guest = resource({
      address: `vm/${hostile}`,
      node: hostile,
      changes: [change({ path: hostile, before: hostile, after: `${hostile}\n${hostile}`, origin: hostile })],
      steps: [step('vm/a#1', hostile, { request: { method: 'PUT', path: hostile, params: { [hostile]: hostile } } })],
    });
    const { page, problems, requests } = await browser.open(pageOf(plan([guest]), { label: hostile }));
    expect(await page.locator('img, h3 b, a[href^=javascript]').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('.find').textContent()).toBe(`vm/${hostile}`);
    expect(problems).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
  });

  it('of 1,000 guests is filtered and searched', async () => {
    const { page, problems } = await browser.open(pageOf(longPlan(1000)));
    expect(await page.getByRole('status').textContent()).toBe('1000 resources');
    await chip(page, '500 to change').click();
    expect(await page.getByRole('status').textContent()).toBe('500 of 1000 resources');
    await page.getByRole('searchbox').fill('0777');
    expect(await page.locator(visible).allTextContents()).toEqual(['vm/guest-0777']);
    expect(problems).toEqual([]);
  });
});

// Writes docs/gallery/terminal.md: what a person sees on terminals of several kinds while the built program runs.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './terminal/capture.mjs';
import { situations } from './terminal/situations.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'dist/bin.cjs');

const HEAD = `# On a terminal

<!-- Written by \`npm run gallery\` from real runs in a pseudo-terminal; changes here are lost. -->

What the program shows while it runs, captured from a terminal of the size that stands beside each picture. The sandbox takes a second and a half for each task.`;

/** Starts a sandbox that takes its time; gives its settings, and what ends it. */
async function serve(folder) {
  const child = spawn(process.execPath, [bin, 'sandbox', 'serve', folder, '--task-time', '1500ms', '--seed', '7'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the sandbox did not start:\n${text}`)));
    child.stdout.on('data', (part) => {
      text += part;
      if (/export PVEVM_FINGERPRINT='[^']+'/.test(text)) resolve();
    });
  });
  const env = Object.fromEntries(
    [...text.matchAll(/export (PVEVM_\w+)='([^']*)'/g)].map(([, name, value]) => [name, value]),
  );
  const end = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  };
  return { env, end };
}

/** Plays a situation in a folder and a sandbox of its own. */
async function play({ title, text, size, env = {}, files, prepare, steps, command }) {
  const home = mkdtempSync(join(tmpdir(), 'pvevm-terminal-'));
  const sandbox = await serve(join(home, 'sandbox'));
  try {
    const folder = join(home, 'guests');
    mkdirSync(folder);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const world = {
      folder,
      env: { HOME: home, PATH: process.env.PATH, TERM: 'xterm-256color', ...sandbox.env, ...env },
    };
    const run = (line) => `${process.execPath} ${bin} ${line}`;
    if (prepare !== undefined) await capture(run(prepare), { ...size, ...world, steps: [] });
    const shots = await capture(run(command), { ...size, ...world, steps });
    const pictures = shots.map(({ name, rows }) => {
      const shown = rows.join('\n').replaceAll(sandbox.env.PVEVM_ENDPOINT, 'https://pve1:8006');
      return `${name}:\n\n\`\`\`text\n${shown}\n\`\`\``;
    });
    return [`## ${title}`, `${text} \`pvevm ${command}\`, ${size.columns}×${size.rows}.`, ...pictures].join('\n\n');
  } finally {
    await sandbox.end();
    rmSync(home, { recursive: true, force: true });
  }
}

if (!existsSync(bin)) throw new Error('dist/bin.cjs is missing; run npm run build first');
const blocks = [HEAD];
for (const situation of situations) blocks.push(await play(situation));
mkdirSync(join(root, 'docs/gallery'), { recursive: true });
writeFileSync(join(root, 'docs/gallery/terminal.md'), `${blocks.join('\n\n')}\n`);

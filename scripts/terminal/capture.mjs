// Runs a command in a pseudo-terminal (script, of util-linux) and takes pictures of what stands on it.
import { spawn } from 'node:child_process';
import xterm from '@xterm/headless';

/** The rows of a terminal, without those at the end that are empty. */
function rowsOf(terminal) {
  const buffer = terminal.buffer.active;
  const rows = [];
  for (let at = buffer.baseY; at < buffer.length; at += 1) rows.push(buffer.getLine(at).translateToString(true));
  while (rows.at(-1) === '') rows.pop();
  return rows;
}

/**
 * Runs a command line, does at each step what it says (`keys` to press), `after` so many milliseconds, and takes a picture
 * where it has a name; and one at the end.
 */
export async function capture(command, { columns, rows, folder, env, steps }) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const child = spawn('script', ['-qefc', `stty cols ${columns} rows ${rows}; exec ${command}`, '/dev/null'], {
    cwd: folder,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdout.on('data', (part) => terminal.write(part));
  const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const shots = [];
  const take = async (name) => {
    await new Promise((resolve) => terminal.write('', resolve));
    shots.push({ name, rows: rowsOf(terminal) });
  };
  for (const { after, name, keys } of steps) {
    await new Promise((resolve) => setTimeout(resolve, after));
    if (name !== undefined) await take(name);
    if (keys !== undefined) child.stdin.write(keys);
  }
  await ended;
  await take('At the end');
  return shots;
}

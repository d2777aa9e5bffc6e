// A folder and a sandbox in which one situation is played, and what it prints is written down.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

// The port of a sandbox is another one each time.
const ENDPOINT = 'https://pve1:8006';

/** Opens a lab: `program` has what is run (`run`), and the library's `startSandbox` and `createPveClient`. */
export async function openLab(program) {
  const home = mkdtempSync(join(tmpdir(), 'pvevm-gallery-'));
  const folder = mkdtempSync(join(home, 'guests-'));
  const sandbox = await program.startSandbox({ taskTimeMs: 1, seed: 7 });
  const pve = program.createPveClient({
    endpoint: sandbox.endpoint,
    credentials: { type: 'token', token: sandbox.token },
    trust: { ca: sandbox.ca },
  });
  const ca = join(home, 'ca.pem');
  writeFileSync(ca, sandbox.ca);
  const env = {
    HOME: home,
    PVEVM_ENDPOINT: sandbox.endpoint,
    PVEVM_CA: ca,
    PVEVM_TOKEN: sandbox.token,
    COLUMNS: '100',
  };
  const blocks = [];
  const shown = [];

  const run = async (args) => {
    const { code, output } = await program.run(args, { cwd: folder, env });
    await sandbox.settled();
    return { code, output: output.replaceAll(sandbox.endpoint, ENDPOINT) };
  };
  const write = (name, text) => writeFileSync(join(folder, name), text);

  return {
    pve,
    sandbox,
    blocks,
    shown,
    /** From now on, a token with these rights (lines of user.cfg) is used. */
    useToken: (rights) => {
      const secret = '00000000-0000-4000-8000-000000000001';
      const add = (name, lines) => writeFileSync(join(sandbox.directory, name), `${lines.join('\n')}\n`, { flag: 'a' });
      add('user.cfg', ['user:ci@pve:1:0:::::', 'token:ci@pve!plan:0:0::', ...rights]);
      add('priv/token.cfg', [`ci@pve!plan ${secret}`]);
      sandbox.reload();
      env.PVEVM_TOKEN = `ci@pve!plan=${secret}`;
    },
    /** What is there before: documents that were applied, and are not shown. */
    given: async (files, ...more) => {
      for (const [name, text] of Object.entries(files)) write(name, text);
      const { code, output } = await run(['apply', '-y', ...more]);
      if (code !== 0) throw new Error(`cannot prepare: exit code ${code}\n${output}`);
    },
    say: (text) => blocks.push(text),
    /** Writes a document, and shows it. */
    file: (name, text) => {
      write(name, text);
      blocks.push(`\`\`\`yaml\n# ${name}\n${text}\`\`\``);
    },
    /** Takes a file away. */
    remove: (name) => rmSync(join(folder, name)),
    /** Runs a command, and shows what it prints; throws where it does not end with this exit code. */
    command: async (line, expected) => {
      const args = line.split(' ');
      const { code, output } = await run(args);
      if (code !== expected) throw new Error(`pvevm ${line} exited with ${code}, and not with ${expected}:\n${output}`);
      const exit = code === 0 ? '' : `\n[exit code ${code}]`;
      blocks.push(`\`\`\`console\n$ pvevm ${line}\n${output.trimEnd()}${exit}\n\`\`\``);
      const isPlan = args[0] === 'plan';
      const json =
        isPlan && program.withJson
          ? JSON.parse(
              (
                await program.run(
                  [...args.filter((arg, index) => arg !== '-o' && args[index - 1] !== '-o'), '--json'],
                  { cwd: folder, env },
                )
              ).stdout,
            )
          : undefined;
      shown.push({ line, output, json });
    },
    close: async () => {
      await pve.close();
      await sandbox.close();
      rmSync(dirname(folder), { recursive: true, force: true });
    },
  };
}

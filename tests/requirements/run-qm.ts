import { isObject, type JsonObject } from '../../src/core/json.ts';
import type { Harness } from '../harness.ts';

/** The commands of a text, as in `on pve1: qm set 300 --delete scsi3`, each with the node that it is to be run on. */
export function commandsIn(text: string): readonly { readonly node: string; readonly command: string }[] {
  return [...text.matchAll(/^ {2}on (\S+): (.+)$/gm)].flatMap(([, node = '', line = '']) =>
    line
      .replace(/ +#.*$/, '')
      .split(' && ')
      .map((command) => ({ node, command })),
  );
}

function optionsOf(words: readonly string[]): JsonObject {
  const options: Record<string, string> = {};
  for (let at = 0; at < words.length; at += 2) options[(words[at] ?? '').slice('--'.length)] = words[at + 1] ?? '';
  return options;
}

/** What `qm` asks the API for, which is where its commands end up. */
function requestOf(command: string): {
  method: 'put' | 'post' | 'delete';
  vmid: string;
  path: string;
  params: JsonObject;
} {
  const [program, verb, ...words] = command.split(' ');
  const [vmid = '', first = '', ...rest] = verb === 'disk' ? words.slice(1) : words;
  if (program === 'qm' && verb === 'set')
    return { method: 'put', vmid, path: 'config', params: optionsOf([first, ...rest]) };
  if (program === 'qm' && verb === 'shutdown') return { method: 'post', vmid, path: 'status/shutdown', params: {} };
  if (program === 'qm' && verb === 'migrate')
    return { method: 'post', vmid, path: 'migrate', params: { target: first, ...optionsOf(rest) } };
  if (program === 'qm' && verb === 'delsnapshot')
    return { method: 'delete', vmid, path: `snapshot/${first}`, params: {} };
  if (program === 'qm' && verb === 'disk' && words[0] === 'move')
    return { method: 'post', vmid, path: 'move_disk', params: { disk: first, ...optionsOf(rest) } };
  throw new Error(`no such command: ${command}`);
}

/** Runs the commands of a text one by one where it says, as root would; a command that fails fails the test. */
export async function runCommands(harness: Harness, text: string): Promise<readonly string[]> {
  const commands = commandsIn(text);
  for (const { node, command } of commands) {
    const { method, vmid, path, params } = requestOf(command);
    // qm works on the node that it is called on, and finds no guest of another one.
    const answer = await harness.pve[method](`/nodes/${node}/qemu/${vmid}/${path}`, { params });
    await harness.sandbox.settled();
    if (typeof answer !== 'string') continue;
    const status = await harness.pve.get(`/nodes/${node}/tasks/${answer}/status`);
    const exit = isObject(status) ? status['exitstatus'] : undefined;
    if (exit !== 'OK') throw new Error(`${command} on ${node}: ${String(exit)}`);
  }
  return commands.map(({ node, command }) => `${node}: ${command}`);
}

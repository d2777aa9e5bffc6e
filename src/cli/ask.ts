import { PvevmError } from '../core/error.ts';
import type { Io } from './io.ts';

async function readLine(io: Io): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of io.stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0]?.trim() ?? '';
}

/**
 * Asks a person, and says whether the answer was `yes`, spelled out. Throws `CONSENT` where standard input is no
 * terminal: nobody is there to answer.
 */
export async function confirm(question: string, io: Io): Promise<boolean> {
  if (io.stdin.isTTY !== true) {
    throw new PvevmError('CONSENT', 'cannot ask whether to go on: standard input is no terminal', {
      hints: ['Look at the plan, and run the command again with --yes.'],
    });
  }
  io.stderr.write(`\n${question} Only "yes" is accepted: `);
  return (await readLine(io)) === 'yes';
}

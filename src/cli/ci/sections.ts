import type { Clock } from '../../core/clock.ts';
import type { Io } from '../io.ts';

/**
 * Begins a part of the log that unfolds, where the program runs in GitLab CI, and gives back what ends it; `name` is one
 * word. GitLab shows how long it took.
 */
export function beginSection(io: Io, clock: Clock, name: string, title: string): () => void {
  if (io.env['GITLAB_CI'] !== 'true') return () => undefined;
  const seconds = (): number => Math.floor(clock.now() / 1000);
  io.stderr.write(`section_start:${seconds()}:pvevm_${name}\r\u001b[0K${title}\n`);
  return () => void io.stderr.write(`section_end:${seconds()}:pvevm_${name}\r\u001b[0K\n`);
}

import type { ApplyEvent } from '../../../../src/core/event.ts';
import type { Plan } from '../../../../src/core/plan.ts';
import type { PveClient } from '../../../../src/pve/reader.ts';
import type { Harness } from '../../../harness.ts';

/** A run that is abandoned as a killed process: it sends so many writes, and nothing of it comes after that. */
export async function runKilled(harness: Harness, plan: Plan, writes: number): Promise<void> {
  let sent = 0;
  let die: () => void = () => undefined;
  const dead = new Promise<void>((resolve) => {
    die = resolve;
  });
  const never = new Promise<never>(() => undefined);
  const count = async <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
    if (sent >= writes) {
      die();
      return await never;
    }
    sent += 1;
    const answer = await send();
    if (sent < writes) return answer;
    // The request was carried out, and its answer finds nobody.
    die();
    return await never;
  };
  const { pve } = harness;
  const client: PveClient = {
    ...pve,
    post: (...given) => count(() => pve.post(...given)),
    put: (...given) => count(() => pve.put(...given)),
    delete: (...given) => count(() => pve.delete(...given)),
  };
  const events: ApplyEvent[] = [];
  await Promise.race([harness.run(plan, (event) => events.push(event), undefined, client), dead]);
}

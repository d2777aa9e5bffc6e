import { AsyncLocalStorage } from 'node:async_hooks';
import type { Answer } from './answer.ts';
import { failure } from './api-error.ts';
import { type FaultRule, faultAnswer, isAnswered } from './faults.ts';
import type { SandboxState } from './house.ts';
import type { SandboxTasks } from './tasks.ts';
import type { SandboxVolumes } from './volumes.ts';

/** The rule that the present request, or the task it has started, falls under. */
interface ActiveFault extends FaultRule {
  /** Takes back what the request did for a task that then does not do its work. */
  abandon(): void;
}

const active = new AsyncLocalStorage<ActiveFault>();

/** A request on its way, as a fault sees it. */
export interface FaultTarget {
  readonly state: SandboxState;
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The answer that this user was last given for this path. */
  readonly lastAnswer: Answer | undefined;
  /** Lets the request have its effect. */
  proceed(): Promise<Answer>;
}

/** Answers a request as a rule says; undefined: the connection is to be cut. */
export async function answerWithFault(rule: FaultRule, target: FaultTarget): Promise<Answer | undefined> {
  const { state } = target;
  await state.clock.sleep(rule.delayMs ?? 0);
  if (rule.dropBefore === true) return undefined;
  const node = rule.nodeDown === undefined ? undefined : state.nodes.get(rule.nodeDown);
  if (node !== undefined) node.online = false;
  if (rule.isIdTaken === true) takeId(target);
  if (rule.lock !== undefined) holdLock(target, rule.lock, rule.lockMs ?? 1000);
  if (!isAnswered(rule) && rule.after !== 'effect') return faultAnswer(rule);
  if (rule.isStale === true && target.lastAnswer !== undefined) return target.lastAnswer;
  const answer = await active.run({ ...rule, abandon: abandonerOf(target) }, () => target.proceed());
  if (rule.dropAfter === true) return undefined;
  return rule.after === 'effect' ? faultAnswer(rule) : answer;
}

/** Tasks that fail or warn where the request that starts them falls under such a rule. */
export function withTaskFaults(tasks: SandboxTasks): SandboxTasks {
  return {
    ...tasks,
    start(request) {
      const { taskError, taskWarnings = [], worker, abandon } = active.getStore() ?? {};
      const { begin, ...rest } = request;
      return tasks.start({
        ...rest,
        ...(worker === undefined ? {} : { fate: worker }),
        ...(begin === undefined || taskError !== undefined ? {} : { begin }),
        async run(task) {
          if (taskError !== undefined) {
            abandon?.();
            throw failure(taskError);
          }
          await request.run(task);
          for (const line of taskWarnings) task.warn(line);
        },
      });
    },
  };
}

/** Volumes that find a storage full where the request falls under such a rule. */
export function withStorageFaults(volumes: SandboxVolumes): SandboxVolumes {
  const isFull = (storage: string): boolean => active.getStore()?.fullStorage === storage;
  return {
    ...volumes,
    allocate(request) {
      if (isFull(request.storage)) throw failure('unable to create image: No space left on device');
      return volumes.allocate(request);
    },
    capacity(storage, node) {
      const { total, used } = volumes.capacity(storage, node);
      return { total, used: isFull(storage) ? total : used };
    },
  };
}

/** A worker that fails removes the config that was to hold the id of the guest that it makes. */
function abandonerOf({ state, params }: FaultTarget): () => void {
  const vmid = Number(params['newid'] ?? params['vmid']);
  const wasThere = state.guests.get(vmid) !== undefined;
  return () => {
    const lock = state.guests.get(vmid)?.config.current['lock'];
    if (!wasThere && (lock === 'create' || lock === 'clone')) state.guests.remove(vmid);
  };
}

/** Makes the guest that the request asks for, as another client might have. */
function takeId({ state, path, params }: FaultTarget): void {
  const [, node = ''] = /^\/nodes\/([^/]+)\//.exec(path) ?? [];
  const vmid = Number(params['newid'] ?? params['vmid']);
  if (!state.nodes.has(node) || !Number.isInteger(vmid) || state.guests.get(vmid) !== undefined) return;
  const current = { boot: ' ', name: 'taken-by-another', smbios1: `uuid=${state.random.uuid()}` };
  state.guests.write(vmid, node, { current, pending: {}, pendingDelete: {}, sections: {} });
}

function holdLock({ state, path }: FaultTarget, lock: string, milliseconds: number): void {
  const vmid = Number(/\/qemu\/(\d+)/.exec(path)?.[1]);
  const entry = state.guests.get(vmid);
  if (entry === undefined || entry.config.current['lock'] !== undefined) return;
  state.guests.write(vmid, entry.node, { ...entry.config, current: { ...entry.config.current, lock } });
  void state.clock.sleep(milliseconds).then(() => {
    const later = state.guests.get(vmid);
    if (later?.config.current['lock'] !== lock) return;
    const { lock: _released, ...current } = later.config.current;
    state.guests.write(vmid, later.node, { ...later.config, current });
  });
}

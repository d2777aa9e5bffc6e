import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplyEvent } from '../src/core/event.ts';
import type { Plan } from '../src/core/plan.ts';
import { type ApplyResult, applyPlan } from '../src/engine/apply.ts';
import { createPlan } from '../src/engine/plan.ts';
import type { Prune } from '../src/engine/prune.ts';
import { createRemovalPlan } from '../src/engine/removal-plan.ts';
import { createPveClient } from '../src/pve/client.ts';
import { systemClock } from '../src/pve/clock.ts';
import type { PveClient, PveReader } from '../src/pve/reader.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../src/sandbox/index.ts';
import { loadResources } from '../src/spec/load.ts';

/** What a test says of planning besides the document. */
export interface HarnessPlanOptions {
  adopt?: boolean | string;
  project?: string;
  env?: Readonly<Record<string, string>>;
  rotateSecrets?: boolean;
  renew?: boolean;
  /** What `--allow` names. */
  allow?: readonly string[];
  /** Takes the documents for those of a whole project. */
  prune?: Prune;
  skipPrivileges?: boolean;
  onWaiting?: (waitingFor: string) => void;
}

/** A sandbox with a client, and the main job as functions over YAML text. */
export interface Harness {
  readonly sandbox: Sandbox;
  readonly pve: PveClient;
  plan(yaml: string, options?: HarnessPlanOptions & { pve?: PveReader }): Promise<Plan>;
  removal(yaml: string, options?: { project?: string; allow?: readonly string[]; pve?: PveReader }): Promise<Plan>;
  run(
    plan: Plan,
    onEvent?: (event: ApplyEvent) => void,
    signal?: AbortSignal,
    client?: PveClient,
  ): Promise<ApplyResult>;
  /** Plans and applies, and fails the test where a finding or a step is in the way. */
  apply(yaml: string, options?: HarnessPlanOptions): Promise<Plan>;
  /** The writes that the sandbox has seen since the last call, as `PUT /path {params}`. */
  writes(): readonly { readonly method: string; readonly path: string; readonly params: unknown }[];
  close(): Promise<void>;
}

export async function startHarness(options: Partial<SandboxOptions> = {}): Promise<Harness> {
  const sandbox = await startSandbox({ taskTimeMs: 1, seed: 7, ...options });
  const clock = { ...systemClock, sleep: (milliseconds: number) => systemClock.sleep(Math.min(milliseconds, 5)) };
  const pve = createPveClient({
    endpoint: sandbox.endpoint,
    credentials: { type: 'token', token: sandbox.token },
    trust: { ca: sandbox.ca },
    clock,
  });
  let seen = 0;
  // A plan holds no secrets: a run takes those of the documents that were read last.
  const secrets = new Map<string, ReadonlyMap<string, string>>();
  const load = async (yaml: string, project: string | undefined, env: HarnessPlanOptions['env'] = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
    try {
      writeFileSync(join(folder, 'vm.yaml'), yaml);
      if (project !== undefined) writeFileSync(join(folder, 'pvevm.yaml'), project);
      const loaded = await loadResources(['vm.yaml'], { cwd: folder, env, readStdin: async () => new Uint8Array() });
      const errors = loaded.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
      if (errors.length > 0) throw new Error(errors.map((error) => `${error.summary}: ${error.detail}`).join('\n'));
      for (const resource of loaded.resources) secrets.set(resource.address, resource.secrets ?? new Map());
      return { resources: loaded.resources, project: loaded.project, pve, user: pve.user, clock };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const harness: Harness = {
    sandbox,
    pve,
    plan: async (
      yaml,
      {
        adopt,
        project,
        env,
        rotateSecrets = false,
        renew = false,
        allow = [],
        prune,
        skipPrivileges = false,
        pve: reader = pve,
        onWaiting,
      } = {},
    ) => {
      const loaded = await load(yaml, project, env);
      return createPlan({
        ...loaded,
        rotateSecrets,
        renew,
        skipPrivileges,
        allow: new Set(allow),
        pve: reader,
        ...(adopt === undefined ? {} : { adopt }),
        ...(prune === undefined ? {} : { prune }),
        ...(onWaiting === undefined ? {} : { onWaiting }),
      });
    },
    removal: async (yaml, { project, allow = [], pve: reader = pve } = {}) =>
      createRemovalPlan({ ...(await load(yaml, project)), allow: new Set(allow), pve: reader }),
    run: (plan, onEvent = () => undefined, signal, client = pve) =>
      applyPlan({
        ...{ plan, pve: client, clock, onEvent, secrets: (address, path) => secrets.get(address)?.get(path) },
        ...(signal === undefined ? {} : { signal }),
      }),
    apply: async (yaml, planOptions) => {
      const plan = await harness.plan(yaml, planOptions);
      const errors = plan.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
      if (errors.length > 0) throw new Error(errors.map((error) => `${error.summary}: ${error.detail}`).join('\n'));
      const result = await harness.run(plan);
      if (result.outcome !== 'ok')
        throw new Error(result.errors.map((error) => [error.message, ...error.details].join('\n')).join('\n'));
      await sandbox.settled();
      return plan;
    },
    writes: () => {
      const fresh = sandbox.requests.slice(seen);
      seen = sandbox.requests.length;
      return fresh
        .filter((request) => request.method !== 'GET')
        .map(({ method, path, params }) => ({ method, path, params }));
    },
    close: async () => {
      await pve.close();
      await sandbox.close();
    },
  };
  return harness;
}

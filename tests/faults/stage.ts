import { type ImageServer, startImageServer } from '../requirements/image-server.ts';
import { checkReport } from './check-report.ts';
import { readWork, runWork, type Work } from './program-run.ts';
import { type Case, type CaseResult, runCase } from './run-case.ts';
import { addOthers, SCENARIOS, type Scenario } from './scenarios.ts';
import type { SeenRequest } from './spoil.ts';
import { type Prepared, prepareWorld, type World } from './world.ts';

/** A scenario whose world is prepared, with the requests of a run in which nothing goes wrong. */
export interface Stage {
  readonly name: string;
  readonly prepared: Prepared;
  readonly work: Work;
  readonly trace: readonly SeenRequest[];
  run(what: Pick<Case, 'key' | 'blow'>): Promise<CaseResult>;
}

async function prepare(world: World, scenario: Scenario, images: ImageServer): Promise<void> {
  await addOthers(world);
  if (scenario.before !== undefined) {
    const work = await readWork(scenario.before(images), false, []);
    const run = await runWork(work, world.begin());
    const wrong = [...checkReport(run), ...(run.result?.outcome === 'ok' ? [] : [JSON.stringify(run, null, 1)])];
    if (wrong.length > 0) throw new Error(`cannot prepare ${scenario.name}: ${wrong.join('\n')}`);
  }
  await world.settle();
  await scenario.byHand?.(world);
}

/** Prepares a scenario. Throws where it does not go well without faults. */
async function setStage(scenario: Scenario, images: ImageServer): Promise<Stage> {
  const prepared = await prepareWorld((world) => prepare(world, scenario, images));
  const work = await readWork(scenario.document(images), scenario.isRemoval === true, scenario.allow);
  const { wrong, seen, outcome } = await runCase({ prepared, work });
  if (wrong.length > 0 || outcome !== 'ok') {
    await prepared.close();
    throw new Error(`${scenario.name} does not even work without faults (${outcome}):\n${wrong.join('\n')}`);
  }
  return { name: scenario.name, prepared, work, trace: seen, run: (what) => runCase({ prepared, work, ...what }) };
}

/** All stages, each set when it is first asked for. */
export interface Theatre {
  readonly images: ImageServer;
  stage(name: string): Promise<Stage>;
  close(): Promise<void>;
}

/** Opens the house: one server of images for all. */
export async function openTheatre(): Promise<Theatre> {
  const images = await startImageServer();
  const stages = new Map<string, Promise<Stage>>();
  return {
    images,
    stage(name) {
      const scenario = SCENARIOS.find((one) => one.name === name);
      if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
      const stage = stages.get(name) ?? setStage(scenario, images);
      stages.set(name, stage);
      return stage;
    },
    async close() {
      for (const stage of await Promise.allSettled(stages.values()))
        if (stage.status === 'fulfilled') await stage.value.prepared.close();
      images.close();
    },
  };
}

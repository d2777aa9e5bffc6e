import { Session } from 'node:inspector/promises';

/**
 * How much a piece of work does: how often blocks of code (functions, branches, bodies of loops) were run. It is the same
 * on any machine, and so tells work that grows too fast where a clock cannot.
 */
export async function countWork(work: () => Promise<unknown>): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    await work();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const ranges = result.flatMap(({ functions }) => functions.flatMap((found) => found.ranges));
    return ranges.reduce((sum, { count }) => sum + count, 0);
  } finally {
    session.disconnect();
  }
}

import type { ApplyEvent, ApplyEventBody, ErrorInfo } from '../../../src/core/event.ts';
import { formatConsent } from '../../../src/report/plan/consent-text.ts';
import { createEventsText } from '../../../src/report/run/events-text.ts';
import { type LiveLayout, liveLines, NOTHING_LIVE, nextLive } from '../../../src/report/run/live-tree.ts';
import { createRunRecord, formatRunSummary, recordEvent } from '../../../src/report/run/run-summary.ts';
import { at, begun, refOf } from '../live-events.ts';
import { plan, resource, step } from '../plans.ts';
import type { Look, Situation } from './situation.ts';

const TITLES = [
  'create',
  'grow disk scsi0 to 40G',
  'set serial console',
  'register HA (started)',
  'wait for the agent',
];
const shown = plan(
  (['vm/web-01', 'vm/db-primary-01'] as const).map((address) =>
    resource({
      address,
      action: 'create',
      steps: TITLES.map((title, index) => step(`${address}#${index + 1}`, title)),
    }),
  ),
);

const ref = (number = 1, address: 'vm/web-01' | 'vm/db-primary-01' = 'vm/web-01') =>
  refOf(address, number, TITLES[number - 1]);
const started = (number?: number): ApplyEventBody => ({ type: 'step.started', ...ref(number) });
const progress = (
  runningMs: number,
  more: { line?: string; waitingFor?: string },
  number?: number,
): ApplyEventBody => ({
  ...{ type: 'step.progress', ...ref(number), runningMs, ...more },
});
const ended = (number: number, durationMs: number, warnings: readonly string[] = []): ApplyEventBody => ({
  ...{ type: 'step.finished', ...ref(number), outcome: 'ok', durationMs, warnings },
});
const error: ErrorInfo = {
  code: 'TASK_FAILED',
  message: 'cannot start vm/web-01: task qmstart of 101 on pve1 failed: start failed: QEMU exited with code 1',
  details: ["kvm: cannot set up guest memory 'pc.ram': Cannot allocate memory", 'TASK ERROR: start failed'],
  hints: ['Give the guest less memory, or move it to a node with more of it.', 'Then run the command again.'],
};
const failed: ApplyEventBody = {
  ...{ type: 'step.finished', ...ref(2), outcome: 'failed', durationMs: 61_000, warnings: [], error },
};
const skipped = (number: number, reason?: string): ApplyEventBody => ({
  ...{ type: 'step.finished', ...ref(number), outcome: 'skipped', durationMs: 0, warnings: [] },
  ...(reason === undefined ? {} : { reason }),
});
const finished = (
  outcome: 'ok' | 'failed' | 'skipped',
  address = 'vm/web-01' as const,
  created = true,
): ApplyEventBody => ({
  ...{ type: 'resource.finished', resource: address, outcome, node: 'pve1', vmid: 101, created },
});

const stamped = (bodies: readonly ApplyEventBody[]): readonly ApplyEvent[] =>
  bodies.map((body, index) => at(index * 1000, body));

/** What is printed of a run, and stays. */
function lines(title: string, bodies: readonly ApplyEventBody[], isLive = false): Situation {
  return {
    title,
    show: ({ theme, width }) => {
      let text = '';
      const write = (part: string): void => {
        text += part;
      };
      const render = createEventsText({ plan: shown, theme, write, isLive, width });
      for (const event of stamped(bodies)) render(event);
      return text;
    },
  };
}

/** What is drawn of a run while it goes on. */
function frame(title: string, events: readonly ApplyEvent[], rows = 24): Situation {
  return {
    title,
    show: ({ theme, width }) => {
      const layout: LiveLayout = { theme, columns: width, rows, nowMs: 125_000, spinner: '⠋' };
      return liveLines(events.reduce(nextLive, NOTHING_LIVE), layout).join('\n');
    },
  };
}

function summary(title: string, bodies: readonly ApplyEventBody[]): Situation {
  return {
    title,
    show: ({ theme, width }: Look) => {
      const record = createRunRecord();
      for (const event of stamped(bodies)) recordEvent(record, event);
      return formatRunSummary(shown, record, 'pvevm apply --allow restart web.yaml', theme, width);
    },
  };
}

const live = (number: number, more: { line?: string; waitingFor?: string }): readonly ApplyEvent[] => {
  const address = `vm/web-${String(number).padStart(2, '0')}` as const;
  const step = refOf(address, number, TITLES[number % 5]);
  return [
    at(number * 1000, { type: 'step.started', ...step }),
    at(120_000, { type: 'step.progress', ...step, runningMs: 1, ...more }),
  ];
};
const copying = live(1, { line: 'transferred 8.0 GiB of 32.0 GiB (25.00%)' });
const downloading = live(2, { line: '  32768K ........ ........ ........ ........ 10% 45.6M 8s' });
const moving = live(3, { line: 'migration active, transferred 1.0 GiB of 4.0 GiB VM-state, 112.3 MiB/s' });
const waiting = live(4, { waitingFor: 'lock backup of guest 104' });
const japanese = live(5, { line: 'サーバーを起動しています 🚀 サーバーを起動しています サーバーを起動しています' });

/** Runs, while they go on and after they have ended. */
export const runSituations: readonly Situation[] = [
  lines('a run in which all goes well', [started(), ended(1, 2300), started(2), ended(2, 65_000), ended(3, 40)]),
  lines('a step with a warning', [started(), ended(1, 2300, ['storage ceph-pool is 91% full'])]),
  lines('a step that takes long, without a live tree', [
    started(),
    progress(30_000, { line: 'transferred 8.0 GiB of 32.0 GiB (25.00%)' }),
    progress(90_000, { line: 'transferred 24.0 GiB of 32.0 GiB (75.00%)' }),
    ended(1, 121_000),
  ]),
  lines('a step that waits, without a live tree', [
    started(),
    progress(0, { waitingFor: 'lock backup of guest 104' }),
    progress(4000, { waitingFor: 'lock backup of guest 104' }),
    ended(1, 8000),
  ]),
  lines(
    'a step that fails, and what is skipped',
    [ended(1, 2300), failed, skipped(3), skipped(4, 'image/debian-13 failed')],
    true,
  ),
  frame('the live tree at its beginning', [begun(1, 5)]),
  frame('a live tree: a copy, a download, a migration, a wait', [
    ...[begun(5, 25), ...copying, ...downloading, ...moving, ...waiting],
  ]),
  frame('a live tree in which a log is in Japanese', [begun(2, 10), ...copying, ...japanese]),
  frame(
    'a live tree on a terminal of five rows',
    [...[begun(9, 45), ...waiting, ...copying, ...downloading, ...moving, ...live(6, {}), ...live(7, {})]],
    5,
  ),
  frame('a live tree on a terminal of two rows', [begun(9, 45), ...waiting, ...copying], 2),
  summary('the end of a good run', [
    ended(1, 1),
    finished('ok'),
    { ...finished('ok'), resource: 'vm/db-primary-01' } as ApplyEventBody,
  ]),
  summary('the end of a run in which a step failed', [ended(1, 1), failed, skipped(3), finished('failed')]),
  summary('the end of a run that was interrupted', [ended(1, 1), skipped(2), finished('skipped')]),
  {
    title: 'the question about what was not allowed',
    show: ({ theme }) =>
      formatConsent(
        [
          { address: 'vm/web-01', title: 'restart', names: ['restart'], removes: [] },
          {
            ...{ address: 'vm/db-primary-01', title: 'destroy', names: ['data-loss', 'hard-stop'] },
            removes: ['ceph-pool:vm-107-disk-0', 'snapshot before-upgrade'],
          },
        ] as never,
        theme,
      ),
  },
];

import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { ErrorCode } from '../../../core/error.ts';
import type { Change } from '../../../core/plan.ts';
import { type Resource, rangeOf } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { holds } from '../preflight/privileges.ts';
import { stopsAround } from './around.ts';
import { stopsBeforeHa, stopsUnderHa } from './ha-stop.ts';
import { isUnderHa } from './power-drafts.ts';
import { wantsRestart } from './restart.ts';
import { foreignPendingFindings } from './review-foreign.ts';
import { hasAgent, waitProblems } from './review-wait.ts';

/** What a plan does to the power of its guest. */
interface PowerDeeds {
  readonly restarts: boolean;
  readonly around: boolean;
  /** Shut down by pvevm itself, and not by the HA manager. */
  readonly stops: boolean;
  readonly starts: boolean;
}

type Tell = (severity: Diagnostic['severity'], code: ErrorCode, summary: string, detail: string) => Diagnostic;

function deedsOf(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): PowerDeeds {
  const power = changes.find((change) => change.key === 'status' && change.state === 'change');
  const around = stopsAround(resource, observation, changes, context);
  return {
    around,
    restarts: !around && wantsRestart(resource, observation, changes, context),
    stops: power?.after === 'stopped' && (!isUnderHa(observation) || stopsBeforeHa(observation, changes)),
    starts: power?.after === 'running',
  };
}

/** A paused guest does not shut down: Proxmox VE refuses to ask it (qemu-server: PVE/API2/Qemu.pm, vm_shutdown, vm_reboot). */
async function pausedProblem(
  { node, vmid }: Observation,
  deeds: PowerDeeds,
  { cluster, allow }: PlanContext,
  tell: Tell,
): Promise<readonly Diagnostic[]> {
  const isForced = allow.has('hard-stop') && !deeds.restarts;
  if (deeds.starts || isForced || (await cluster.qmpStates(node)).get(vmid) !== 'paused') return [];
  const remedy = deeds.restarts
    ? 'Write power: running to have it resumed first'
    : 'Let it be stopped hard (--allow hard-stop)';
  const detail = `Guest ${vmid} is paused, and cannot shut down. ${remedy}, or resume it yourself: qm resume ${vmid}`;
  return [tell('error', 'CONSENT', 'a paused guest cannot shut down', detail)];
}

/** Without agent and ACPI, nothing tells the guest to shut down. */
function deafGuest(observation: Observation, tell: Tell): readonly Diagnostic[] {
  const { live, vmid } = observation;
  if (live?.current.get('acpi') !== '0' || hasAgent(observation)) return [];
  const detail = `Guest ${vmid} runs without ACPI and without a guest agent, so that it will hardly notice that it is asked to shut down. Shut it down from within, or let it be stopped hard: --allow hard-stop.`;
  return [tell('warning', 'IMPOSSIBLE', 'the guest cannot be asked to shut down', detail)];
}

function aroundWarning(
  resource: Resource,
  { vmid }: Observation,
  deeds: PowerDeeds,
  tell: Tell,
): readonly Diagnostic[] {
  if (!deeds.around || deeds.stops) return [];
  const next =
    resource.spec['power'] === 'running'
      ? 'If the run is interrupted in between, the guest stays stopped, and the next run starts it.'
      : `If the run is interrupted in between, the guest stays stopped, and no other run starts it: power is not managed. Write power: running to change that, or start it yourself then: qm start ${vmid}`;
  const detail = `Guest ${vmid} is shut down, changed, and started again, since Proxmox VE refuses these changes while it runs. ${next}`;
  return [tell('warning', 'IMPOSSIBLE', 'the guest is stopped for the changes', detail)];
}

/** A guest that is suspended to disk takes no change but its start (qemu-server: PVE/AbstractConfig.pm, check_lock). */
function suspendedProblem(observation: Observation, changes: readonly Change[], tell: Tell): readonly Diagnostic[] {
  const { live, vmid } = observation;
  if (live?.current.get('lock') !== 'suspended') return [];
  const written = changes.filter((change) => change.state === 'change' && change.key !== 'status');
  if (written.length === 0) return [];
  const paths = written.map(({ path }) => path).join(', ');
  const detail = `Guest ${vmid} is suspended to disk, and Proxmox VE changes nothing of it (${paths}) before it has gone on. Start it first (qm resume ${vmid}), or give up what it was doing: qm set ${vmid} --delete vmstate --skiplock`;
  return [tell('error', 'LOCKED', 'the guest is suspended to disk', detail)];
}

async function privilegeProblem(
  resource: Resource,
  { vmid }: Observation,
  context: PlanContext,
  tell: Tell,
): Promise<readonly Diagnostic[]> {
  if (await holds(context, `/vms/${vmid}`, resource.spec['pool'], 'VM.PowerMgmt')) return [];
  const detail = `A restart needs VM.PowerMgmt on /vms/${vmid}, which ${context.user} does not hold. Give it a role with that privilege on /vms, or do not allow the restart.`;
  return [tell('error', 'PERMISSION', 'a privilege is missing', detail)];
}

/**
 * What a plan's deeds of power ask for and warn of: pending values of others that a restart applies, guests that cannot
 * shut down, the time in which a guest is stopped, what is waited for, and privileges.
 */
export async function powerProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const deeds = deedsOf(resource, observation, changes, context);
  const { restarts, around, stops, starts } = deeds;
  const isPowerWritten = resource.spec['power'] !== undefined;
  const tellAt =
    (pointer: string): Tell =>
    (severity, code, summary, detail) => {
      const range = rangeOf(resource, pointer);
      return { severity, code, summary, detail, range, address: resource.address, pointer };
    };
  const tell = tellAt(isPowerWritten ? '/power' : '/restart');
  const goesDown = restarts || around || stops;
  const underHa = stopsUnderHa(observation, changes)
    ? [
        tellAt(isPowerWritten ? '/power' : '/ha/state')(
          'warning',
          'CONSENT',
          'HA stops guests hard',
          `The HA manager gives guest ${observation.vmid} 60 seconds to shut down, and then stops it hard. Allow that with --allow hard-stop; or write ha: false beside it, so that it is asked and waited for.`,
        ),
      ]
    : [];
  return [
    ...foreignPendingFindings(resource, observation, restarts || around, stops, context),
    ...(goesDown ? await pausedProblem(observation, deeds, context, tell) : []),
    ...(goesDown && !context.allow.has('hard-stop') ? deafGuest(observation, tell) : []),
    ...aroundWarning(resource, observation, deeds, tell),
    ...suspendedProblem(observation, changes, tell),
    ...underHa,
    ...(restarts || around || starts ? await waitProblems(resource, observation, context) : []),
    ...(restarts || around ? await privilegeProblem(resource, observation, context, tell) : []),
  ];
}

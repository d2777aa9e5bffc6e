import type { Address } from '../core/address.ts';
import { type Change, hasChanges, type Plan, type PlanSummary, type ResourcePlan } from '../core/plan.ts';
import { redact } from '../core/redact.ts';
import type { Origin } from '../core/resource.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { Step } from '../core/step.ts';
import { consentFor } from '../engine/consent.ts';
import { formatChanges, formatCreated, formatRemoved } from './change-text.ts';
import { formatStep } from './request-text.ts';
import { widthOf } from './table.ts';
import type { Theme } from './theme.ts';

/** How a plan is to be shown. */
export interface PlanTextOptions {
  readonly theme: Theme;
  /** Which cluster it is, as in `https://pve1:8006`. */
  readonly label: string;
  /** The columns of the terminal; 100 where there is none, or it does not say (0). */
  readonly width?: number | undefined;
  /** Also the origins of values, keys that are not managed, and resources without changes. */
  readonly verbose?: boolean | undefined;
  /** Also where each value comes from, that of each part of a new device too, by address and JSON pointer. */
  readonly origins?: ReadonlyMap<Address, ReadonlyMap<string, Origin>> | undefined;
  /** Also the requests of each step. */
  readonly showRequests?: boolean | undefined;
  /** That it is the plan of `destroy`. */
  readonly removal?: boolean | undefined;
}

const SYMBOLS = { create: '+', update: '~', delete: '-', none: ' ' } as const;
// Wider than this, the eye loses the line.
const MAX_WIDTH = 110;
const DEFAULT_WIDTH = 100;

const clean = (text: string): string => sanitizeLine(redact(text));
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function placeText(resource: ResourcePlan): string {
  const { action, node, nodeReason, vmid, vmidChosen, identity } = resource;
  // The address of what no document describes holds what it is known by.
  if (vmid === null)
    return identity === undefined ? '' : `${resource.address.includes(identity) ? '' : `${identity} `}on ${node}`;
  if (action !== 'create') return vmid === 0 ? '' : `${vmid} on ${node}`;
  const why = nodeReason === undefined ? '' : ` (${nodeReason})`;
  const made = resource.from === undefined ? '' : `, ${resource.from}`;
  return `id ${vmid}${vmidChosen ? ' (next free)' : ''}, node: ${node}${why}${made}`;
}

function headLine(resource: ResourcePlan, { theme, width }: PlanTextOptions): string {
  const { action, address, source } = resource;
  const symbol = SYMBOLS[action];
  const why = resource.reason === undefined ? '' : `, ${resource.reason}`;
  const place = clean(`${placeText(resource)}${why}`);
  const where = clean(`${source.file}:${source.line}`);
  const used = widthOf(`  ${symbol} ${clean(address)}   ${place}`) + widthOf(where);
  const room = Math.min(width || DEFAULT_WIDTH, MAX_WIDTH) - used;
  const paint = { create: theme.added, update: theme.changed, delete: theme.removed, none: (text: string) => text }[
    action
  ];
  return `  ${paint(symbol)} ${theme.strong(clean(address))}   ${place}${' '.repeat(Math.max(3, room))}${theme.faint(where)}`;
}

/** A step's title, with what it has to be allowed; what is destroyed says so on the lines of its volumes. */
function titleOf(step: Step, { action }: ResourcePlan, theme: Theme): string {
  const needed = action === 'delete' ? [] : consentFor(step).filter((name) => !step.title.includes(name));
  return needed.length === 0 ? clean(step.title) : `${clean(step.title)} ${theme.warning(`(! ${needed.join(', ')})`)}`;
}

function stepsLine(resource: ResourcePlan, { theme }: PlanTextOptions): readonly string[] {
  const { steps } = resource;
  if (steps.length === 0) return [];
  return [`      ${counted(steps.length, 'step')}: ${steps.map((step) => titleOf(step, resource, theme)).join(', ')}`];
}

function changeLines(resource: ResourcePlan, { theme, verbose, origins }: PlanTextOptions): readonly string[] {
  const ofValues = origins?.get(resource.address);
  const originAt =
    ofValues === undefined
      ? undefined
      : (path: string): string | undefined => ofValues.get(`/${path.replaceAll('.', '/')}`)?.text;
  const withOrigins = verbose === true || origins !== undefined;
  switch (resource.action) {
    case 'create':
      // What is made from another guest is told by what differs from that.
      if (resource.from !== undefined) return formatChanges(resource.changes, theme, withOrigins, originAt);
      return formatCreated(resource, theme, withOrigins, originAt);
    case 'delete':
      return formatRemoved(resource.changes, theme);
    default:
      return formatChanges(resource.changes, theme, withOrigins, originAt);
  }
}

function formatResource(resource: ResourcePlan, options: PlanTextOptions): string {
  const { showRequests, verbose, theme } = options;
  const unmanaged = [...resource.unmanaged].map(clean).join(', ');
  return [
    headLine(resource, options),
    ...changeLines(resource, options),
    ...(verbose === true && unmanaged !== '' ? [theme.faint(`      unmanaged: ${unmanaged}`)] : []),
    ...(showRequests === true
      ? resource.steps.flatMap((step, index) => formatStep(step, index, theme, titleOf(step, resource, theme)))
      : stepsLine(resource, options)),
  ].join('\n');
}

/** The sentence that scripts look for. */
function summarySentence({ add, change, destroy }: PlanSummary): string {
  return `Plan: ${add} to add, ${change} to change, ${destroy} to destroy.`;
}

function count(plan: Plan, matches: (change: Change) => boolean): number {
  return plan.resources.flatMap((resource) => resource.changes).filter(matches).length;
}

function summaryLine(plan: Plan, { removal, theme }: PlanTextOptions): string {
  const waiting = count(plan, ({ state }) => state === 'pending');
  const waits =
    waiting === 0
      ? ''
      : ` ${counted(waiting, 'change')} made before ${waiting === 1 ? 'waits' : 'wait'} for a restart.`;
  if (!hasChanges(plan)) {
    const sentence =
      removal === true ? 'Nothing of these documents is there to destroy.' : 'The cluster matches the documents.';
    return `${theme.strong('No changes.')} ${sentence}${waits}`;
  }
  const later = count(plan, ({ state, effect }) => state === 'change' && effect === 'restart');
  const restart =
    later === 0 ? '' : ` ${counted(later, 'change')} ${later === 1 ? 'takes' : 'take'} effect after a restart.`;
  const steps = plan.resources.flatMap((resource) => resource.steps);
  // Whoever asks for a removal is asked about it.
  const needed = removal === true ? [] : [...new Set(steps.flatMap(consentFor))].sort();
  const consent = needed.length === 0 ? '' : ` ${theme.warning(`It needs --allow ${needed.join(',')}.`)}`;
  return `${theme.strong(summarySentence(plan.summary))}${restart}${waits}${consent}`;
}

/**
 * A plan for people: which cluster, each resource with its placement, changes, effects and steps, and the summary. No
 * control character of a file or a server gets through. Diagnostics are left to `formatDiagnostics`.
 */
export function formatPlan(plan: Plan, options: PlanTextOptions): string {
  const { version, name } = plan.cluster;
  const cluster = name === null ? '' : `, cluster ${name}`;
  const stack = plan.stack === null ? '' : `   stack ${plan.stack}`;
  const facts = `Proxmox VE ${version}${cluster}`;
  // The label of a context ends with its endpoint in brackets.
  const where = options.label.endsWith(')')
    ? `${options.label.slice(0, -1)}, ${facts})`
    : `${options.label} (${facts})`;
  const header = clean(`${where}${stack}`);
  const shown = plan.resources.filter(
    ({ action, changes }) => action !== 'none' || changes.length > 0 || options.verbose === true,
  );
  return `${[header, ...shown.map((resource) => formatResource(resource, options)), summaryLine(plan, options)].join('\n\n')}\n`;
}

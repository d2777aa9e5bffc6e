import type { Address } from '../../core/address.ts';
import { type Change, hasChanges, type Plan, type PlanSummary, type ResourcePlan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import { type Origin, placeOfDocument } from '../../core/resource.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Step } from '../../core/step.ts';
import { consentFor } from '../../engine/consent.ts';
import { widthOf } from '../table.ts';
import { createTheme, type Theme } from '../theme.ts';
import { wrapAll } from '../wrap.ts';
import { groupAlike } from './alike.ts';
import { formatAlike } from './alike-text.ts';
import { formatChanges, formatCreated, formatRemoved } from './change-text.ts';
import { formatStep } from './request-text.ts';

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
  /** What may be had without a word more, by the names of `--allow`: the plan need not say that it takes that. */
  readonly allowed?: ReadonlySet<string> | undefined;
}

const PLAIN = createTheme(false);
/** What stands before a resource by what is done with it. */
export const SYMBOLS = { create: '+', update: '~', delete: '-', none: ' ' } as const;
// Wider than this, the eye loses the line.
const MAX_WIDTH = 110;
const DEFAULT_WIDTH = 100;

// A narrower column would hold a word a line.
const LEAST_ROOM = 30;
const STEP_INDENT = ' '.repeat(6);

const clean = (text: string): string => sanitizeLine(redact(text));
const lineWidth = (columns: number | undefined): number => Math.min(columns || DEFAULT_WIDTH, MAX_WIDTH);
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Where a resource is, or will be, and why there: its id, its node, what it is made from. */
export function placeText(resource: ResourcePlan): string {
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
  const where = clean(placeOfDocument(source));
  const begin = `  ${symbol} ${clean(address)}   `;
  const room = lineWidth(width) - widthOf(`${begin}${place}`) - widthOf(where);
  const paint = { create: theme.added, update: theme.changed, delete: theme.removed, none: (text: string) => text }[
    action
  ];
  const painted = `  ${paint(symbol)} ${theme.strong(clean(address))}   `;
  if (room >= 3) return `${painted}${place}${where === '' ? '' : `${' '.repeat(room)}${theme.faint(where)}`}`.trimEnd();
  const lines = wrapAll(place, Math.max(LEAST_ROOM, lineWidth(width) - widthOf(begin)));
  const below = where === '' ? [] : [theme.faint(where)];
  return `${painted}${[...lines, ...below].join(`\n${STEP_INDENT}`)}`;
}

/** A step's title, with what goes by it and what it has to be allowed; what is destroyed says so on the lines of its volumes. */
export function titleOf(step: Step, { action }: ResourcePlan, theme: Theme): string {
  const { title, removes = [] } = step;
  if (action === 'delete') return clean(title);
  const unnamed = removes.filter((name) => !title.includes(name)).map(clean);
  const named = unnamed.length === 0 ? clean(title) : `${clean(title)} (removes ${unnamed.join(', ')})`;
  const needed = consentFor(step).filter((name) => !title.includes(name));
  return needed.length === 0 ? named : `${named} ${theme.warning(`(! ${needed.join(', ')})`)}`;
}

/** The steps in one line, or in a list where they would be too wide, or a title has a comma of its own. */
function stepLines(resource: ResourcePlan, { theme, width }: PlanTextOptions): readonly string[] {
  const { steps } = resource;
  if (steps.length === 0) return [];
  const line = (shown: Theme): string =>
    `${STEP_INDENT}${counted(steps.length, 'step')}: ${steps.map((step) => titleOf(step, resource, shown)).join(', ')}`;
  const isPlain = steps.length === 1 || steps.every(({ title }) => !/[,;]/.test(title));
  if (isPlain && widthOf(line(PLAIN)) <= lineWidth(width)) return [line(theme)];
  const titles = steps.flatMap((step, index) => {
    const number = `${index + 1}. `;
    const room = Math.max(LEAST_ROOM, lineWidth(width) - STEP_INDENT.length - 2 - number.length);
    const isWide = widthOf(titleOf(step, resource, PLAIN)) > room;
    const [first = '', ...rest] = isWide
      ? wrapAll(titleOf(step, resource, PLAIN), room)
      : [titleOf(step, resource, theme)];
    return [
      `${STEP_INDENT}  ${number}${first}`,
      ...rest.map((text) => `${STEP_INDENT}  ${' '.repeat(number.length)}${text}`),
    ];
  });
  return [`${STEP_INDENT}${counted(steps.length, 'step')}:`, ...titles];
}

function changeLines(resource: ResourcePlan, { theme, verbose, origins, width }: PlanTextOptions): readonly string[] {
  const ofValues = origins?.get(resource.address);
  const originAt =
    ofValues === undefined
      ? undefined
      : (path: string): string | undefined => ofValues.get(`/${path.replaceAll('.', '/')}`)?.text;
  const layout = {
    theme,
    width: lineWidth(width),
    whole: verbose,
    origins: verbose === true || origins !== undefined,
    originAt,
  };
  switch (resource.action) {
    case 'create':
      // What is made from another guest is told by what differs from that.
      if (resource.from !== undefined) return formatChanges(resource.changes, layout);
      return formatCreated(resource, layout);
    case 'delete':
      return formatRemoved(resource.changes, layout);
    default:
      return formatChanges(resource.changes, layout);
  }
}

/** One resource of a plan, with its changes and steps, as `formatPlan` shows it. */
export function formatResource(resource: ResourcePlan, options: PlanTextOptions): string {
  const { showRequests, verbose, theme } = options;
  const unmanaged = [...resource.unmanaged].map(clean).join(', ');
  return [
    headLine(resource, options),
    ...changeLines(resource, options),
    ...(verbose === true && unmanaged !== ''
      ? wrapAll(`unmanaged: ${unmanaged}`, lineWidth(options.width) - STEP_INDENT.length).map((line) =>
          theme.faint(`${STEP_INDENT}${line}`),
        )
      : []),
    ...(showRequests === true
      ? resource.steps.flatMap((step, index) => formatStep(step, index, theme, titleOf(step, resource, theme)))
      : stepLines(resource, options)),
  ].join('\n');
}

/** The sentence that scripts look for. */
function summarySentence({ add, change, destroy }: PlanSummary): string {
  return `Plan: ${add} to add, ${change} to change, ${destroy} to destroy.`;
}

function count(plan: Plan, matches: (change: Change) => boolean): number {
  return plan.resources.flatMap((resource) => resource.changes).filter(matches).length;
}

/** Sentences, each with its colours where it has some, in as few lines as they fit in; none is broken. */
function inLines(sentences: readonly (string | readonly [string, string])[], width: number | undefined): string {
  const lines: { room: number; painted: string }[] = [];
  for (const sentence of sentences) {
    const [text, painted] = typeof sentence === 'string' ? [sentence, sentence] : sentence;
    const last = lines.at(-1);
    if (text === '') continue;
    if (last === undefined || last.room < widthOf(text) + 1)
      lines.push({ room: lineWidth(width) - widthOf(text), painted });
    else {
      last.room -= widthOf(text) + 1;
      last.painted += ` ${painted}`;
    }
  }
  return lines.map(({ painted }) => painted).join('\n');
}

/** What a plan comes to, in sentences: how much, what waits for a restart, and what it has to be allowed; empty where there is nothing to say. */
export interface PlanSentences {
  readonly lead: string;
  readonly more: readonly string[];
  readonly consent: string;
}

/** The sentences that sum a plan up; `removal` says that it is the plan of `destroy`, `allowed` what need not be allowed any more. */
export function summarySentences(plan: Plan, removal?: boolean, allowed?: ReadonlySet<string>): PlanSentences {
  const waiting = count(plan, ({ state, appliedBy }) => state === 'pending' && appliedBy === undefined);
  const waits =
    waiting === 0
      ? ''
      : `${counted(waiting, 'change')} made before ${waiting === 1 ? 'waits' : 'wait'} for a restart (--allow restart).`;
  if (!hasChanges(plan)) {
    const differs = count(plan, () => true) > 0 || plan.diagnostics.some(({ severity }) => severity === 'warning');
    const matches = differs ? 'There is nothing to write.' : 'The cluster matches the documents.';
    const sentence = removal === true ? 'Nothing of these documents is there to destroy.' : matches;
    return { lead: 'No changes.', more: [sentence, waits], consent: '' };
  }
  const later = count(
    plan,
    ({ state, effect, appliedBy }) => state === 'change' && effect === 'restart' && appliedBy === undefined,
  );
  const restart =
    later === 0
      ? ''
      : `${counted(later, 'change')} ${later === 1 ? 'takes' : 'take'} effect after a restart (--allow restart).`;
  const steps = plan.resources.flatMap((resource) => resource.steps);
  // Whoever asks for a removal is asked about it.
  const named = removal === true ? [] : [...new Set(steps.flatMap(consentFor))].sort();
  const needed = named.filter((name) => allowed?.has(name) !== true);
  const consent = needed.length === 0 ? '' : `It needs --allow ${needed.join(',')}.`;
  return { lead: summarySentence(plan.summary), more: [restart, waits], consent };
}

function summaryLines(plan: Plan, { allowed, removal, theme, width }: PlanTextOptions): string {
  const { lead, more, consent } = summarySentences(plan, removal, allowed);
  return inLines([[lead, theme.strong(lead)], ...more, [consent, theme.warning(consent)]], width);
}

/** Which cluster a plan was made for, and for which stack. */
export function clusterText({ cluster, stack }: Pick<Plan, 'cluster' | 'stack'>, label: string): string {
  const name = cluster.name === null ? '' : `, cluster ${cluster.name}`;
  const facts = `Proxmox VE ${cluster.version}${name}`;
  // The label of a context ends with its endpoint in brackets.
  const where = label.endsWith(')') ? `${label.slice(0, -1)}, ${facts})` : `${label} (${facts})`;
  return clean(`${where}${stack === null ? '' : `   stack ${stack}`}`);
}

/**
 * A plan for people: which cluster, each resource with its placement, changes, effects and steps, and the summary. No
 * control character of a file or a server gets through. Of a long plan, the resources that are alike stand together, unless
 * all is asked for. Diagnostics are left to `formatDiagnostics`.
 */
export function formatPlan(plan: Plan, options: PlanTextOptions): string {
  const header = clusterText(plan, options.label);
  const shown = plan.resources.filter(
    ({ action, changes }) => action !== 'none' || changes.length > 0 || options.verbose === true,
  );
  const { theme, width, verbose, showRequests, origins } = options;
  const isWhole = verbose === true || showRequests === true || origins !== undefined;
  const groups = isWhole ? shown.map((first) => ({ first, others: [] })) : groupAlike(shown);
  const blocks = groups.map((group) =>
    [formatResource(group.first, options), ...formatAlike(group, theme, lineWidth(width))].join('\n'),
  );
  return `${[header, ...blocks, summaryLines(plan, options)].join('\n\n')}\n`;
}

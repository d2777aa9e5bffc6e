import type { Address } from '../../core/address.ts';
import { hasErrors } from '../../core/diagnostic.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import { type Origin, placeOfDocument } from '../../core/resource.ts';
import { neededConsent, stepsWithoutConsent } from '../../engine/consent.ts';
import { traitsOf, traitText } from '../html/traits.ts';
import { type Alike, groupAlike } from '../plan/alike.ts';
import { alikeLines } from '../plan/alike-text.ts';
import { clusterText, placeText, SYMBOLS, summarySentences } from '../plan/plan-text.ts';
import { type ChangesMarkdownOptions, changeDiff, stepLines } from './changes-markdown.ts';
import { formatFindings, planMarker } from './findings-markdown.ts';
import { bytesOf, type Clean, codeOf, fenceOf, foldOf } from './markup.ts';

/** How a plan is to be shown. */
export interface PlanMarkdownOptions extends Omit<ChangesMarkdownOptions, 'origins'> {
  /** Which cluster it is, as in `https://pve1:8006`. */
  readonly label: string;
  /** The texts of the files that findings speak of. */
  readonly files: ReadonlyMap<string, string>;
  readonly origins?: ReadonlyMap<Address, ReadonlyMap<string, Origin>> | undefined;
  /** Whether it is the plan of `destroy`. */
  readonly removal?: boolean | undefined;
  /** How many bytes it may take. */
  readonly limit: number;
  readonly clean: Clean;
}

// More is folded: a reader of a comment sees its end without scrolling for long.
const MAX_OPEN = 3;
const MAX_CONSENTS = 20;
// A list that is folded takes no room of a reader.
const MAX_ALIKE = 100;
// For the line that says what was left out.
const RESERVE = 300;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function formatConsent(plan: Plan, clean: Clean): string {
  const needed = neededConsent(plan);
  if (needed.length === 0) return '';
  const steps = stepsWithoutConsent(plan, new Set());
  const items = steps.slice(0, MAX_CONSENTS).map(({ address, title, names, removes }) => {
    const unnamed = removes.filter((name) => !title.includes(name)).map((name) => codeOf(name, clean));
    const gone = unnamed.length === 0 ? '' : ` removes ${unnamed.join(', ')}`;
    return `<li>${codeOf(address, clean)} ${codeOf(title, clean)} <b>${names.join(', ')}</b>${gone}</li>`;
  });
  const more = steps.length - items.length;
  const rest = more > 0 ? [`<li>… and ${counted(more, 'more step')}</li>`] : [];
  const head = `<p><b>Needs consent:</b> <code>--allow ${needed.join(',')}</code></p>`;
  return [head, '<ul>', ...items, ...rest, '</ul>'].join('\n');
}

function headOf(resource: ResourcePlan, clean: Clean): string {
  const { action, address, reason, source } = resource;
  const why = reason === undefined ? [] : [reason];
  const where = placeOfDocument(source);
  const place = [placeText(resource), ...why].filter((text) => text !== '').join(', ');
  const traits = traitsOf(resource);
  const sign = SYMBOLS[action].trim();
  return [
    codeOf(`${sign === '' ? '·' : sign} ${address}`, clean),
    ...(place === '' ? [] : [codeOf(place, clean)]),
    ...traits.map((name) => `<b>${traitText(name)}</b>`),
    ...(where === '' ? [] : [codeOf(where, clean)]),
  ].join(' · ');
}

function bodyOf(resource: ResourcePlan, options: PlanMarkdownOptions): string {
  const { verbose, showRequests, origins, clean } = options;
  const shown = { verbose, showRequests, origins: origins?.get(resource.address) };
  const diff = changeDiff(resource, shown);
  const steps = stepLines(resource, shown);
  const { unmanaged } = resource;
  const parts = [
    ...(diff.length === 0 ? [] : [fenceOf(diff, 'diff', clean)]),
    ...(steps.length === 0 ? [] : [`${counted(resource.steps.length, 'step')}:\n\n${fenceOf(steps, 'text', clean)}`]),
    ...(verbose === true && unmanaged.length > 0 ? [`<p>Not managed: ${codeOf(unmanaged.join(', '), clean)}</p>`] : []),
  ];
  return parts.length === 0 ? 'Nothing to do.' : parts.join('\n\n');
}

/** A resource, and below it those that it stands for. */
function groupBodyOf(group: Alike, options: PlanMarkdownOptions): string {
  const body = bodyOf(group.first, options);
  if (group.others.length === 0) return body;
  const lines = alikeLines(group, MAX_ALIKE, Number.POSITIVE_INFINITY);
  return `${body}\n\n${group.others.length} more in the same way:\n\n${fenceOf(lines, 'text', options.clean)}`;
}

function groupHeadOf({ first, others }: Alike, clean: Clean): string {
  const head = headOf(first, clean);
  return others.length === 0 ? head : `${head} · <b>and ${others.length} more in the same way</b>`;
}

/** The resources, whole, as far as they fit; then those whose heads still fit; then how many there are besides. */
function formatResources(resources: readonly ResourcePlan[], options: PlanMarkdownOptions, limit: number): string {
  const { clean, origins, showRequests, verbose } = options;
  const isWhole = verbose === true || showRequests === true || origins !== undefined;
  const groups = isWhole ? resources.map((first): Alike => ({ first, others: [] })) : groupAlike(resources);
  const isOpen = resources.length <= MAX_OPEN;
  const parts: string[] = [];
  let room = limit;
  let told = 0;
  const fits = (part: string): boolean => {
    const size = bytesOf(part) + 2;
    if (size > room) return false;
    room -= size;
    parts.push(part);
    return true;
  };
  for (const group of groups) {
    const head = groupHeadOf(group, clean);
    if (!fits(foldOf(head, groupBodyOf(group, options), isOpen)) && !fits(`<p>${head} · too long to show here</p>`)) {
      const more = counted(resources.length - told, 'more resource');
      parts.push(`**${more}** left out, to keep this short: \`pvevm plan\` shows all of them.`);
      break;
    }
    told += 1 + group.others.length;
  }
  return parts.join('\n\n');
}

/**
 * A plan as Markdown for a comment or a job's summary: a hidden marker, the summary sentence, what has to be allowed, what
 * was found, and each resource folded with its changes and steps, in whole resources up to a number of bytes; of a long plan,
 * those that are alike stand together, as in the text. Of a plan with errors only those are shown. What comes from files and servers stands in code, where nothing of it is Markdown or HTML;
 * the same plan gives the same bytes.
 */
export function formatPlanMarkdown(plan: Plan, options: PlanMarkdownOptions): string {
  const { clean, files, label, limit, removal, verbose } = options;
  const { diagnostics, resources, stack } = plan;
  const isRefused = hasErrors(diagnostics);
  const { lead, more } = summarySentences(plan, removal);
  const sentences = isRefused ? 'Nothing can be carried out before they are mended.' : more.join(' ').trim();
  const begin = [
    planMarker(stack),
    `### ${isRefused ? 'The plan has errors.' : lead}`,
    sentences,
    `<p>${codeOf(clusterText(plan, label), clean)}</p>`,
    isRefused ? '' : formatConsent(plan, clean),
    formatFindings(diagnostics, files, isRefused ? limit - RESERVE * 3 : Math.floor(limit / 3), clean),
  ].filter((part) => part !== '');
  const shown = resources.filter(({ action, changes }) => action !== 'none' || changes.length > 0 || verbose === true);
  const room = limit - bytesOf(begin.join('\n\n')) - RESERVE;
  const list = isRefused ? '' : formatResources(shown, options, room);
  return `${[...begin, list].filter((part) => part !== '').join('\n\n')}\n`;
}

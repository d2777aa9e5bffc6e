import type { Json } from '../../core/json.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Step } from '../../core/step.ts';
import { displayDuration } from '../../core/units.ts';
import { toJsonText } from '../json-text.ts';
import type { Theme } from '../theme.ts';

/** One parameter of a request as it is sent, on one line: `memory: "4096"`. */
export function formatParameter(key: string, value: Json): string {
  return sanitizeLine(redact(`${key}: ${toJsonText(value).trimEnd()}`));
}

/** What a step waits for after its request, and how long; empty where it waits for nothing. */
export function formatAwait({ await: awaited }: Step): readonly string[] {
  const limit = displayDuration(awaited.timeoutMs).replace(' min 0 s', ' min');
  switch (awaited.for) {
    case 'none':
      return [];
    case 'task':
      return [`waits until the task has ended, at most ${limit}`];
    case 'unlock':
      return [`waits until the guest is not locked, at most ${limit}`];
    case 'agent':
      return [
        awaited.address === undefined
          ? `waits until the guest agent answers, at most ${limit}`
          : `waits until the guest agent shows an address on ${awaited.address}, at most ${limit}`,
      ];
    case 'node':
      return [`waits until the guest is on ${awaited.node}, at most ${limit}`];
    default:
      return [`waits until the guest is ${awaited.state ?? 'in that state'}, at most ${limit}`];
  }
}

/** What a step sends and waits for: its title as it is to be shown, the request's method and path, and one parameter a line. */
export function formatStep(step: Step, index: number, theme: Theme, title: string): readonly string[] {
  const { request } = step;
  const sent =
    request === undefined
      ? []
      : [
          theme.strong(sanitizeLine(`${request.method} ${request.path}`)),
          ...Object.entries(request.params).map(([key, value]) => `  ${formatParameter(key, value)}`),
        ];
  const waits = formatAwait(step).map((text) => theme.faint(text));
  const number = `${index + 1}. `;
  return [`      ${number}${title}`, ...[...sent, ...waits].map((line) => `      ${' '.repeat(number.length)}${line}`)];
}

import type { ApplyEvent } from '../core/event.ts';
import { toJsonText } from './json-text.ts';

/** Makes a renderer of events for programs: one JSON object a line, the first with the format's version. */
export function createEventsJson(write: (text: string) => void): (event: ApplyEvent) => void {
  return (event) => write(toJsonText(event));
}

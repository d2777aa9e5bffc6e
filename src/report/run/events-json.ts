import type { ApplyEvent } from '../../core/event.ts';
import { toJsonText } from '../json-text.ts';
import { createPace } from './pace.ts';

/**
 * Makes a renderer of events for programs: one JSON object a line, the first with the format's version. A running step is
 * told of at the pace of a log, and not at each look at its task; what is told has numbers without gaps.
 */
export function createEventsJson(write: (text: string) => void): (event: ApplyEvent) => void {
  const pace = createPace(0);
  let seq = 0;
  return (event) => {
    if (event.type === 'step.progress' && !pace.isDue(event)) return;
    if (event.type === 'step.finished') pace.end(event.step);
    seq += 1;
    write(toJsonText({ ...event, seq }));
  };
}

/** Exchanges to which the sandbox answers otherwise than recorded, and why. */
export interface Disagreement {
  /** `9.2/04-qemu-running:8`, or a range of lines: `9.2/04-qemu-running:8-12`. */
  readonly at: string;
  readonly reason: string;
  /** What was recorded came of the recorder's host, of the moment or of calls out of scope: it is not counted. */
  readonly isRecorders?: true;
}

/** All of them; an exchange that is listed and agrees is an error too. */
export const DISAGREEMENTS: readonly Disagreement[] = [];

/** The disagreement that lists an exchange. */
export function disagreementAt(recording: string, line: number): Disagreement | undefined {
  return DISAGREEMENTS.find(({ at }) => {
    const [name, lines = ''] = at.split(':');
    const [first = '', last = first] = lines.split('-');
    return name === recording && Number(first) <= line && line <= Number(last);
  });
}

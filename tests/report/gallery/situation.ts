import type { Theme } from '../../../src/report/theme.ts';

/** What a terminal is like on which a situation is shown. */
export interface Look {
  readonly theme: Theme;
  readonly width: number;
}

/** Something that a person meets, and the text that tells of it. */
export interface Situation {
  readonly title: string;
  show(look: Look): string;
}

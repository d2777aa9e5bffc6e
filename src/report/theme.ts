import picocolors from 'picocolors';

type Paint = (text: string) => string;

/** The colours of reports, by what they stand for; every function gives its text back unchanged where colour is off. */
export interface Theme {
  readonly error: Paint;
  readonly warning: Paint;
  readonly note: Paint;
  readonly place: Paint;
  readonly faint: Paint;
  readonly strong: Paint;
  readonly added: Paint;
  readonly changed: Paint;
  readonly removed: Paint;
}

/** Makes the theme of a stream. */
export function createTheme(enabled: boolean): Theme {
  const colors = picocolors.createColors(enabled);
  return {
    error: (text) => colors.bold(colors.red(text)),
    warning: (text) => colors.bold(colors.yellow(text)),
    note: (text) => colors.bold(colors.cyan(text)),
    place: (text) => colors.bold(text),
    faint: (text) => colors.dim(text),
    strong: (text) => colors.bold(text),
    added: (text) => colors.green(text),
    changed: (text) => colors.yellow(text),
    removed: (text) => colors.red(text),
  };
}

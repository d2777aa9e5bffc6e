import type { GlobalOptions } from './global-options.ts';

function asksForJson(argv: readonly string[]): boolean {
  const isJson = (argument: string, index: number): boolean =>
    argument === '--json' || argument === '--format=json' || (argument === 'json' && argv[index - 1] === '--format');
  return argv.some(isJson);
}

/** The options that printing an error needs. The command line itself may be what is wrong, so nothing else is read of it. */
export function optionsByHand(argv: readonly string[]): GlobalOptions {
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  const color =
    (['always', 'never'] as const).find((choice) => own.includes(`--color=${choice}`)) ??
    (own.includes('--color') ? 'always' : 'auto');
  return { json: asksForJson(own), debug: own.includes('--debug'), color };
}

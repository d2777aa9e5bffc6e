import type { Address } from '../core/address.ts';
import type { Diagnostic } from '../core/diagnostic.ts';

/** What several resources have in common, with the addresses of those where there is more than one. */
export interface SharedDiagnostic {
  readonly diagnostic: Diagnostic;
  readonly addresses: readonly Address[];
}

// More than anybody reads; --json has them all.
const MAX_SHOWN = 50;

/** Diagnostics of which several say the same of the same place, as the instances of a document have it, as one. */
export function foldDiagnostics(diagnostics: readonly Diagnostic[]): readonly SharedDiagnostic[] {
  const shared = new Map<string, { readonly diagnostic: Diagnostic; readonly addresses: Address[] }>();
  for (const diagnostic of diagnostics) {
    const { severity, code, summary, detail, range, address } = diagnostic;
    const said = JSON.stringify([severity, code, summary, detail, range]);
    const known = shared.get(said) ?? { diagnostic, addresses: [] };
    shared.set(said, known);
    if (address !== undefined && !known.addresses.includes(address)) known.addresses.push(address);
  }
  return [...shared.values()];
}

/** A note on no single resource, as on how to grant what all of them lack: it stands for what may not be shown. */
function isOfAll({ diagnostic }: SharedDiagnostic): boolean {
  return diagnostic.severity === 'note' && diagnostic.address === undefined;
}

/**
 * As many diagnostics as are shown at once: notes on all resources together, then errors before warnings, and those before
 * notes; the order stays.
 */
export function mostImportant(diagnostics: readonly SharedDiagnostic[]): readonly SharedDiagnostic[] {
  if (diagnostics.length <= MAX_SHOWN) return diagnostics;
  const bySeverity = (['error', 'warning', 'note'] as const).flatMap((severity) =>
    diagnostics.filter((shared) => shared.diagnostic.severity === severity && !isOfAll(shared)),
  );
  const chosen = new Set([...diagnostics.filter(isOfAll), ...bySeverity].slice(0, MAX_SHOWN));
  return diagnostics.filter((diagnostic) => chosen.has(diagnostic));
}

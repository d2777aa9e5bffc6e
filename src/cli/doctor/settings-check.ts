import type { DoctorCheck } from '../../report/doctor-text.ts';
import type { ConnectionSettings, SettingsCandidate } from '../settings/connection-settings.ts';

const STATES: Readonly<Record<SettingsCandidate['state'], string>> = {
  used: 'used',
  complete: 'complete, but another comes first',
  incomplete: 'incomplete',
  absent: 'not set',
};

/** A source of settings on one line: what it is, its state, and the names of what is set or missing. */
function lineOf({ source, state, missing }: SettingsCandidate): string {
  const names = source.names.length === 0 ? '' : ` (${source.names.join(', ')})`;
  // What is not set at all lacks everything.
  const lacks = state === 'incomplete' && missing.length > 0 ? `; missing: ${missing.join(', ')}` : '';
  return `${source.label}: ${STATES[state]}${names}${lacks}`;
}

/** All sources of settings in the order of precedence, a line each. */
export function candidateLines(candidates: readonly SettingsCandidate[]): readonly string[] {
  return candidates.map(lineOf);
}

/** Which settings won, and from where. What a person should know of them makes it a warning. */
export function settingsCheck(settings: ConnectionSettings, candidates: readonly SettingsCandidate[]): DoctorCheck {
  // How the server is verified has a check of its own.
  const notes = settings.notes.filter((note) => !note.startsWith('the server is not verified'));
  return {
    name: 'settings',
    state: notes.length === 0 ? 'ok' : 'warning',
    summary: `from ${settings.source.label}`,
    details: candidateLines(candidates),
    remedies: notes,
  };
}

import type { ApiFacts } from '../../src/pve/facts/facts.ts';

export interface StoredResults {
  readonly version: string;
  readonly results: Readonly<Record<string, unknown>>;
}

export function storedFacts(folder?: string): readonly ApiFacts[];
export function storedResults(folder?: string): StoredResults;

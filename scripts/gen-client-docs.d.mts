import type { ApiFacts } from '../src/pve/facts/facts.ts';
import type { StoredResults } from './api-facts/stored.d.mts';

export function clientPage(facts: readonly ApiFacts[], results: StoredResults): string;

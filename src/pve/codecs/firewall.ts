import { isObject, type Json, type JsonObject, jsonEqual } from '../../core/json.ts';
import type { Codec } from './codec.ts';
import { canonicalAddress } from './firewall-address.ts';
import { type FirewallRule, ruleFromApi, ruleFromSpec, ruleToSpec } from './firewall-rule.ts';

// The live side of a guest's firewall is the API's answer as JSON text; what cannot be read is compared as text.
function parsed(text: string): Json {
  return JSON.parse(text) as Json;
}

/** What stands beside a name or an address: a comment without line breaks; nothing where it is empty. */
function commentOf(value: Json | undefined): string {
  return value === undefined || value === null
    ? ''
    : String(value)
        .replace(/\s*\n\s*/g, ' ')
        .trim();
}

/** Whether every part of a desired value is met by the live one: what is not written is not managed. */
function partsAgree(desired: Json, live: Json): boolean {
  if (!isObject(desired) || !isObject(live)) return jsonEqual(desired, live);
  return Object.entries(desired as JsonObject).every(([key, value]) =>
    jsonEqual(value, (live as JsonObject)[key] ?? ''),
  );
}

const rules: Codec = {
  fromSpec: (value) => (value as readonly JsonObject[]).map(ruleFromSpec),
  toSpec: (value) => (value as unknown as readonly FirewallRule[]).map(ruleToSpec),
  parse: (text) => (parsed(text) as unknown as readonly FirewallRule[]).map(ruleFromApi),
  print: (value) => JSON.stringify(value),
};

/** An entry of a set: `nomatch` is there where it is set, `comment` where it is not empty. */
function entryOf(value: Json): JsonObject {
  if (!isObject(value)) return { cidr: canonicalAddress(String(value)) };
  const entry = value as JsonObject;
  const nomatch = entry['noMatch'] === true || entry['nomatch'] === '1';
  const comment = commentOf(entry['comment']);
  return {
    cidr: canonicalAddress(String(entry['cidr'])),
    ...(nomatch ? { nomatch: '1' } : {}),
    ...(comment === '' ? {} : { comment }),
  };
}

function sortedEntries(value: Json): readonly JsonObject[] {
  const cidrOf = (entry: JsonObject): string => String(entry['cidr']);
  return (value as readonly Json[]).map(entryOf).sort((left, right) => (cidrOf(left) < cidrOf(right) ? -1 : 1));
}

function canonicalSet(value: Json): JsonObject {
  const { comment, entries } = value as JsonObject;
  return {
    ...(comment === undefined ? {} : { comment: commentOf(comment) }),
    ...(entries === undefined ? {} : { entries: entries === null ? [] : sortedEntries(entries) }),
  };
}

function entryToSpec({ cidr = '', nomatch, comment }: JsonObject): Json {
  if (nomatch === undefined && comment === undefined) return cidr;
  return { cidr, ...(nomatch === undefined ? {} : { noMatch: true }), ...(comment === undefined ? {} : { comment }) };
}

const set: Codec = {
  fromSpec: canonicalSet,
  toSpec: (value) => {
    const { comment, entries } = value as JsonObject;
    return {
      ...(comment === undefined || comment === '' ? {} : { comment }),
      ...(entries === undefined ? {} : { entries: (entries as readonly JsonObject[]).map(entryToSpec) }),
    };
  },
  parse: (text) => canonicalSet(parsed(text)),
  print: (value) => JSON.stringify(value),
  agrees: partsAgree,
};

function canonicalAlias(value: Json): JsonObject {
  if (!isObject(value)) return { cidr: canonicalAddress(String(value)) };
  const { cidr, comment } = value as JsonObject;
  return {
    cidr: canonicalAddress(String(cidr)),
    ...(comment === undefined ? {} : { comment: commentOf(comment) }),
  };
}

const alias: Codec = {
  fromSpec: canonicalAlias,
  toSpec: (value) => {
    const { cidr = '', comment } = value as JsonObject;
    return comment === undefined || comment === '' ? cidr : { cidr, comment };
  },
  parse: (text) => canonicalAlias(parsed(text)),
  print: (value) => JSON.stringify(value),
  agrees: partsAgree,
};

/** The codecs of a guest's firewall: its rules in their order, a set of addresses, an alias. */
export const firewallCodecs: Readonly<Record<string, Codec>> = {
  'firewall-rules': rules,
  'firewall-set': set,
  'firewall-alias': alias,
};

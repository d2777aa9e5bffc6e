import { GIB } from '../core/units.ts';

/** What a resource takes of a storage, in bytes. */
export interface SpaceClaim {
  /** The resource, as in `vm/web-01`; a later claim of the same name on the same storage replaces the first. */
  readonly by: string;
  readonly storage: string;
  readonly node: string;
  /** A shared storage is one for all nodes. */
  readonly shared: boolean;
  /** What is taken at once: by files, and by volumes that get all of their room. */
  readonly firm: number;
  /** What is only promised. */
  readonly thin: number;
}

/** That a storage has less space than a plan takes of it, by the claim that made it so. */
export interface Strain {
  /** Whether what is taken at once does not fit, so that something will be refused. */
  readonly isRefused: boolean;
  /** All that the plan takes of the storage up to this claim, in bytes. */
  readonly bytes: number;
  /** Who takes something besides, in the order of planning. */
  readonly others: readonly string[];
}

/** What the resources of one plan take of the storages, added up in the order in which they are planned. */
export interface SpaceLedger {
  /** Adds a claim; gives the strain where there were `free` bytes enough without it, and it is too much or makes it so. */
  claim(claim: SpaceClaim, free: number): Strain | undefined;
}

/** The claims on one storage, and what they come to: bytes are whole numbers, so that no sum depends on its order. */
interface Account {
  readonly claims: Map<string, SpaceClaim>;
  firm: number;
  thin: number;
}

/** Makes a ledger that holds nothing yet. */
export function createSpaceLedger(): SpaceLedger {
  const places = new Map<string, Account>();
  return {
    claim(claim, free) {
      const place = claim.shared ? claim.storage : `${claim.storage}@${claim.node}`;
      const account = places.get(place) ?? { claims: new Map<string, SpaceClaim>(), firm: 0, thin: 0 };
      places.set(place, account);
      const { claims } = account;
      const replaced = claims.get(claim.by);
      claims.set(claim.by, claim);
      account.firm += claim.firm - (replaced?.firm ?? 0);
      account.thin += claim.thin - (replaced?.thin ?? 0);
      const crosses = (own: number, total: number): boolean => own > free || (total > free && total - own <= free);
      const { firm } = account;
      const bytes = firm + account.thin;
      const isRefused = crosses(claim.firm, firm);
      if (!isRefused && !crosses(claim.firm + claim.thin, bytes)) return undefined;
      return { isRefused, bytes, others: [...new Set(claims.keys())].filter((name) => name !== claim.by) };
    },
  };
}

const SHOWN = 4;

/** Who takes something of a storage besides, for a sentence: as in `, 90.0 GiB together with vm/a`; empty for nobody. */
export function besides({ bytes, others }: Strain): string {
  if (others.length === 0) return '';
  const more = others.length > SHOWN ? ` and ${others.length - SHOWN} more` : '';
  return `, ${(bytes / GIB).toFixed(1)} GiB together with ${others.slice(0, SHOWN).join(', ')}${more}`;
}

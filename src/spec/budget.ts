import { MAX_PARTS } from './bounded-tokens.ts';
import type { Words } from './explain-value.ts';

/** The most resources of one run. */
const MAX_RESOURCES = 10_000;
// The most characters that the instances of all documents have together, before their placeholders are replaced.
const MAX_CHARACTERS = 100_000_000;

/** What the documents of one run may come to together. A document of a few lines can stand for many. */
export interface Budget {
  /** Takes account of so many resources of so many parts and characters each; what to say where that is too much. */
  take(resources: number, parts?: number, characters?: number): Words | undefined;
  /** Whether it was too much before: nothing more is to be read. */
  isSpent(): boolean;
}

/** Makes the budget of a run. */
export function createBudget(): Budget {
  let resources = 0;
  let parts = 0;
  let characters = 0;
  let spent = false;
  return {
    take: (count, partsEach = 0, charactersEach = 0) => {
      resources += count;
      parts += count * partsEach;
      characters += count * charactersEach;
      if (resources > MAX_RESOURCES) {
        spent = true;
        const detail = `One run may describe ${MAX_RESOURCES} resources, and this document makes it ${resources}. Name fewer documents, and run pvevm for the others apart.`;
        return ['too many resources', detail];
      }
      if (parts <= MAX_PARTS && characters <= MAX_CHARACTERS) return undefined;
      spent = true;
      const detail = `${count} resources of a document of this size are too much to hold in memory. Split the document, and run pvevm for each part.`;
      return ['too many instances', detail];
    },
    isSpent: () => spent,
  };
}

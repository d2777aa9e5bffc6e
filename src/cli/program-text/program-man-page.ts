import packageFacts from '../../../package.json' with { type: 'json' };
import { manPage } from './man-page.ts';
import { programFacts } from './program-facts.ts';

/** The manual page of this version of the program. */
export function programManPage(): string {
  return manPage(programFacts(packageFacts.version), packageFacts.version);
}

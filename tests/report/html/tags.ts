import { SCRIPT } from '../../../src/report/html/script.ts';
import { STYLE } from '../../../src/report/html/style.ts';

const FREE =
  /^<(?:\/?(?:a|html|head|body|header|main|title|section|h1|h2|h3|p|ul|ol|li|dl|dt|dd|div|span|b|code|pre|details|summary|form|fieldset|legend|label|button|table|thead|tbody|tr|th|td)|!doctype html|meta|link|input)\b/;
const ATTRIBUTE =
  /^ (?:lang="en"|charset="utf-8"|http-equiv="Content-Security-Policy"|name="[a-z-]+"|content="[^"<]*"|rel="icon"|class="[a-z -]*"|id="(?:r\d+|[a-z-]+)"|for="[a-z-]+"|href="(?:#r\d+|data:image\/svg[^"<]*)"|aria-[a-z]+="[A-Za-z -]+"|type="[a-z]+"|role="[a-z]+"|scope="[a-z]+"|colspan="\d+"|tabindex="0"|placeholder="Find by name"|autocomplete="off"|spellcheck="false"|data-open="(?:true|false)"|hidden|open|checked)/;

/**
 * What in a page is not as this program writes markup: a tag or an attribute that it does not use, a character in a text
 * that is not escaped, an entity that is none. Empty where nothing of the data has become markup.
 */
export function foreignMarkup(page: string): readonly string[] {
  const own = (piece: string, text: string): string => text.split(piece).join('');
  const body = own(`<style>${STYLE}</style>`, own(`<script>${SCRIPT}</script>`, page));
  const problems: string[] = [];
  let end = 0;
  const text = (piece: string): void => {
    if (/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/.test(piece)) problems.push(`text: ${piece}`);
  };
  for (const { 0: tag, index } of body.matchAll(/<[^>]*>/g)) {
    text(body.slice(end, index));
    end = index + tag.length;
    let rest = tag.slice(FREE.exec(tag)?.[0].length ?? 0, -1);
    if (!FREE.test(tag)) problems.push(`tag: ${tag}`);
    while (rest !== '') {
      const attribute = ATTRIBUTE.exec(rest)?.[0];
      if (attribute === undefined) {
        problems.push(`attribute: ${tag}`);
        break;
      }
      rest = rest.slice(attribute.length);
    }
  }
  text(body.slice(end));
  return problems;
}

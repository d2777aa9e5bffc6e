import type { YAMLError } from 'yaml';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Ranges } from './ranges.ts';
import { syntaxProblem } from './to-plain-value.ts';

type Words = readonly [summary: string, detail: string];

const WORDS: Readonly<Partial<Record<YAMLError['code'], Words>>> = {
  TAB_AS_INDENT: ['tab as indentation', 'YAML is indented with spaces. Replace the tab.'],
  BAD_INDENT: ['wrong indentation', 'Keys of one map begin in the same column, deeper than the key above them.'],
  BLOCK_AS_IMPLICIT_KEY: [
    'two keys in one line',
    'Here stands a second "key:" on one line. Put it on a line of its own, or quote the value where it holds ": ".',
  ],
  MULTILINE_IMPLICIT_KEY: [
    'key without colon',
    'A key is followed by a colon and a space, as in "name: web-01", and stands on one line.',
  ],
  BAD_SCALAR_START: ['text wants quotes', 'A text that begins with this character wants quotes.'],
  BAD_DQ_ESCAPE: [
    'unknown escape',
    'In double quotes a backslash begins an escape. Write it twice, or use single quotes.',
  ],
  BAD_ALIAS: [
    'anchor or alias',
    'Anchors (&name) and aliases (*name) are not part of the spec language. A text that begins with * wants quotes.',
  ],
  MULTIPLE_ANCHORS: [
    'anchor or alias',
    'Anchors (&name) and aliases (*name) are not part of the spec language. A text that begins with & wants quotes.',
  ],
  TAG_RESOLVE_FAILED: [
    'unknown tag',
    'Tags (!name) other than those of plain YAML values, as !!str, are not part of the spec language. A text that begins with ! wants quotes.',
  ],
  KEY_OVER_1024_CHARS: ['key too long', 'A key has 1024 characters at most.'],
  RESOURCE_EXHAUSTION: ['nested too deeply', 'Maps and lists may be nested 64 deep.'],
};

const DEEPER_LINE: Words = [
  'wrong indentation',
  'The line below is indented deeper than the key here, which has a value already. Keys of one map begin in the same column.',
];

const UNQUOTED_PLACEHOLDER: Words = [
  'placeholder wants quotes',
  'Inside { } and [ ], and where it holds ": ", a placeholder wants quotes, as in "${var.size}".',
];

const TAG_DOES_NOT_FIT: Words = [
  'tag does not fit',
  'The tag (!!name) says that the value is something else than what stands here. Remove the tag; a text that begins with ! wants quotes.',
];
const KNOWN_TAG = /^(!!|!<tag:yaml\.org,2002:)(str|int|float|bool|null|map|seq)\b/;

/** Whether the text where an error stands, or what led to it on that line, is a placeholder without quotes. */
function isPlaceholder({ pos: [start] }: YAMLError, text: string): boolean {
  const lineBegin = text.lastIndexOf('\n', start - 1) + 1;
  const before = text.slice(lineBegin, start);
  return /^\$?\{(env|var|file|each|index)\b/.test(text.slice(start)) && (text[start] === '$' || before.endsWith('$'));
}

function wordsFor(error: YAMLError, text: string): Words {
  const { code, message } = error;
  if (isPlaceholder(error, text)) return UNQUOTED_PLACEHOLDER;
  if (code === 'TAG_RESOLVE_FAILED' && KNOWN_TAG.test(text.slice(error.pos[0]))) return TAG_DOES_NOT_FIT;
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && !/:(\s|$)/.test(text.slice(error.pos[0]).split('\n', 1)[0] ?? ''))
    return DEEPER_LINE;
  if (code === 'MISSING_CHAR' && /quote/.test(message))
    return ['quote not closed', 'A quote is opened here or above, and not closed.'];
  if (/ends? with an? [\]}]|must end with/.test(message)) {
    return [
      'bracket not closed',
      'A { or [ is opened above, and not closed. Inside them, values that hold brackets or commas want quotes.',
    ];
  }
  if (/flow-(map|seq)/.test(message))
    return ['text wants quotes', 'Inside { } and [ ], a text that holds brackets or commas wants quotes.'];
  return WORDS[code] ?? ['not valid YAML', `${message.replace(/\.?$/, '')}.`];
}

/** Words for an error of the YAML parser, with its place. */
export function explainSyntaxError(error: YAMLError, ranges: Ranges): Diagnostic {
  const [summary, detail] = wordsFor(error, ranges.text);
  const [start, end] = error.pos;
  // What is missing at the end of the file is shown behind its last character, not on a line that is empty.
  const last = ranges.text.trimEnd().length;
  return syntaxProblem(
    summary,
    detail,
    start > last ? ranges.at(last, last) : ranges.at(start, Math.max(end, start + 1)),
  );
}

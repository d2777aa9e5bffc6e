import { nearest } from '../core/nearest.ts';
import type { Words } from './explain-value.ts';
import type { Placeholder } from './placeholder.ts';
import type { Scope } from './scope.ts';
import { variableNames } from './variables.ts';
import { displayValue, joinWords } from './words.ts';

const FORMS = ['${env.NAME}', '${var.NAME}', '${file:PATH}', '${index}', '${each.KEY}'] as const;

function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = nearest(name, candidates);
  return near === undefined ? '' : ` Did you mean ${near}?`;
}

/** What a mistyped placeholder probably meant, without its braces. */
function correctedBody(body: string): string | undefined {
  const [, word = '', rest = ''] = /^([a-z]+)([.:].+)?$/i.exec(body) ?? [];
  const [width] = /[1-9]/.exec(rest) ?? [];
  if (word === 'index') return rest.startsWith(':') && width !== undefined ? `index:0${width}` : undefined;
  const source = nearest(word, ['env', 'var', 'file', 'each', 'index']);
  if (source === undefined || source === word) return undefined;
  if (source === 'index') return rest === '' ? source : undefined;
  const mark = source === 'file' ? ':' : '.';
  return rest.startsWith(mark) ? `${source}${rest}` : undefined;
}

/** Words for what begins like a placeholder and is none. */
export function explainMalformed(raw: string, { env, given, maps }: Scope): Words {
  const literal = 'For the characters ${ as they are, write $${.';
  if (!raw.endsWith('}'))
    return ['placeholder not closed', `A placeholder ends with }, as in \${var.size}. ${literal}`];
  const body = raw.slice(2, -1);
  if (body.includes('${'))
    return ['placeholder in a placeholder', `A fallback is plain text: placeholders do not nest. ${literal}`];
  const meant = variableNames(given, maps).includes(body)
    ? `var.${body}`
    : Object.hasOwn(env, body)
      ? `env.${body}`
      : correctedBody(body);
  const guess = meant === undefined ? '' : ` Did you mean \${${meant}}?`;
  return [
    'unknown placeholder',
    `${displayValue(raw)} is no placeholder.${guess} Its forms are ${joinWords(FORMS, 'and')}; after the name of env and var, :- and a fallback may follow. ${literal}`,
  ];
}

/** Words for a placeholder that has no value. */
export function explainUndefined(placeholder: Exclude<Placeholder, { source: 'file' }>, scope: Scope): Words {
  const { env, given, maps, each } = scope;
  const summary = 'undefined variable';
  if (placeholder.source === 'env') {
    const { name } = placeholder;
    // A shell's ${NAME-x} has a fallback; here a hyphen is a part of the name.
    const [, shorter, fallback] = /^([^-]+)-(.+)$/.exec(name) ?? [];
    const shell = shorter === undefined ? '' : ` Did you mean \${env.${shorter}:-${fallback}}?`;
    const near = didYouMean(name, Object.keys(env)) || shell;
    return [
      summary,
      `The environment has no variable ${name}.${near} Set it, or write a fallback: \${env.${name}:-x}.`,
    ];
  }
  if (placeholder.source === 'var') {
    const { name } = placeholder;
    const near = didYouMean(name, variableNames(given, maps));
    return [
      summary,
      `There is no variable ${name}.${near} Give it a value with --var ${name}=x, in a --var-file, or under vars in the document or in pvevm.yaml; or write a fallback: \${var.${name}:-x}.`,
    ];
  }
  if (placeholder.source === 'index') {
    return [summary, 'Only the instances of a document have an index: the document needs instances, or each.'];
  }
  if (each === undefined) return [summary, `A document needs the list each for \${each.${placeholder.name}}.`];
  const near = didYouMean(placeholder.name, Object.keys(each.values));
  return [summary, `Entry ${scope.index ?? 1} of each has no key ${placeholder.name}.${near}`];
}

/** Words for a placeholder that may not stand where it stands. */
export function explainMisplaced(inside: 'vars' | 'each'): Words {
  const allowed = inside === 'vars' ? ['${env.NAME}', '${file:PATH}'] : FORMS.slice(0, 3);
  return [
    'placeholder not allowed here',
    `A value of ${inside} may hold ${joinWords(allowed, 'and')}. For the characters \${ as they are, write $\${.`,
  ];
}

/** Words for a map, a list or nothing in the middle of a text. */
export function explainNoText(raw: string, value: unknown): Words {
  const detail = `${raw} stands for ${displayValue(value)}, which has no place within a text. Write the placeholder alone.`;
  return ['no text', detail];
}

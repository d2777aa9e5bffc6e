import { errorName } from '../../core/error-name.ts';
import { EXIT_CODES, exitNameOf } from '../../core/exit-code.ts';
import { ERROR_CODES, EXPLANATIONS } from './explanations.ts';

function list(items: readonly string[]): string {
  return items.map((item) => `* ${item}`).join('\n');
}

/** The index of all errors, as Markdown. */
export function errorIndex(): string {
  const rows = ERROR_CODES.map((code) => {
    const exit = exitNameOf(code);
    const name = errorName(code);
    return `| [\`${name}\`](#${name.toLowerCase()}) | ${EXIT_CODES[exit]} \`${exit}\` | ${EXPLANATIONS[code].happened} |`;
  });
  const parts = ERROR_CODES.map((code) => {
    const { happened, causes, remedies } = EXPLANATIONS[code];
    const exit = exitNameOf(code);
    return `## ${errorName(code)}\n\n${happened}\nExit code ${EXIT_CODES[exit]} (\`${exit}\`).\n\nTypical causes:\n\n${list(causes)}\n\nWhat to do:\n\n${list(remedies)}\n`;
  });
  return `<!-- Written by \`npm run gen\`; changes here are lost. -->

# Errors

Every error has a code, and every warning about a document: it stands behind the first line, as in \`error: …
[PVEVM-CONSENT]\`. \`pvevm explain PVEVM-CONSENT\` says what follows here. In JSON output it is \`"code": "CONSENT"\`.

| code | exit code | what has happened |
|---|---|---|
${rows.join('\n')}

${parts.join('\n')}`;
}

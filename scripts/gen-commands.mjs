// docs/reference/commands.md, from the definitions of the commands.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSource } from './load-source.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const INTRODUCTION = `# Commands

<!-- Written by \`npm run docs\` from the definitions of the commands; changes here are lost. -->

\`pvevm COMMAND [options] [PATH…]\`. A command takes files, folders (all \`*.yaml\` and \`*.yml\` below, hidden ones left out), globs and \`-\` for standard
input; without any, the current folder. \`pvevm COMMAND --help\` prints what stands here.
`;

const EXIT_CODES = `## Exit codes

They stand in JSON output too, by their names.

| code | name | meaning |
|---|---|---|
`;

// What each name means; a name without a meaning here, or the other way round, is an error.
const MEANING = {
  ok: 'done, or nothing to do',
  error: 'anything not below',
  changes: 'there are changes; with `plan --detailed-exitcode` and `status --exit-code` only',
  invalid: 'a wrong document, command line or setting; nothing was contacted',
  consent: 'the plan needs an effect that was not allowed, or the answer was no',
  access: 'wrong credentials, or a privilege is missing',
  unreachable: 'no connection, an unknown certificate, a time-out',
  conflict: 'a foreign guest, an id that is taken, a stale plan, a locked guest',
  partial: 'some steps done, some failed',
  missing: 'something that a document names does not exist',
  interrupted: 'ended by SIGINT',
  terminated: 'ended by SIGTERM',
};

const cell = (text) =>
  text
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('<', '&lt;');
const anchor = (path) => path.replaceAll(' ', '-');
const choicesOf = (choices) =>
  choices.length === 0 ? '' : ` (${choices.map((choice) => `\`${choice}\``).join(', ')})`;

function optionTable(options) {
  if (options.length === 0) return [];
  const rows = options.map(({ flags, description, choices }) => {
    const told = choices.some((choice) => description.includes(choice)) ? '' : choicesOf(choices);
    return `| \`${flags.replaceAll('|', '\\|')}\` | ${cell(description)}${told} |`;
  });
  return [`| option | |\n|---|---|\n${rows.join('\n')}`];
}

function sectionOf({ path, usage, description, arguments: given, options, epilogue }) {
  const inputs = given.filter((argument) => argument.description !== '');
  return [
    `<a id="${anchor(path)}"></a>`,
    `## ${path}`,
    `\`${usage}\``,
    cell(description),
    ...(inputs.length === 0
      ? []
      : [
          inputs
            .map((argument) => `- \`${argument.name}\`: ${cell(argument.description)}${choicesOf(argument.choices)}`)
            .join('\n'),
        ]),
    ...optionTable(options),
    ...(epilogue === '' ? [] : [`\`\`\`text\n${epilogue}\n\`\`\``]),
  ].join('\n\n');
}

function exitTable(codes) {
  const names = Object.keys(codes);
  const odd = [...names, ...Object.keys(MEANING)].filter((name) => !(name in MEANING) || !names.includes(name));
  if (odd.length > 0) throw new Error(`exit codes without a meaning, or meanings without a code: ${odd.join(', ')}`);
  return `${EXIT_CODES}${names.map((name) => `| ${codes[name]} | \`${name}\` | ${MEANING[name]} |`).join('\n')}\n`;
}

/** The text of docs/reference/commands.md. */
export async function commandsPage() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { programFacts } = await loadSource('src/cli/program-text/program-facts.ts');
  const { EXIT_CODES: codes } = await loadSource('src/core/exit-code.ts');
  const program = programFacts(version);
  const all = program.commands.flatMap((command) => (command.commands.length === 0 ? [command] : command.commands));
  const index = all.map(({ path, summary, description }) => {
    const [sentence = ''] = (summary || description).split(/(?<=\.)\s/);
    return `| [\`${path}\`](#${anchor(path)}) | ${cell(sentence)} |`;
  });
  return `${[INTRODUCTION.trimEnd(), `| command | |\n|---|---|\n${index.join('\n')}`, ...all.map(sectionOf), exitTable(codes)].join('\n\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, 'docs/reference/commands.md'), await commandsPage());
}

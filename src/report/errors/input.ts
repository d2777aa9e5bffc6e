import type { Explanations } from './explanation.ts';

/** Errors of the command line, the documents and the configuration. */
export const INPUT_ERRORS: Explanations<
  'USAGE' | 'SPEC_FILE' | 'SPEC_SYNTAX' | 'SPEC_INVALID' | 'SPEC_DUPLICATE' | 'CONFIG'
> = {
  USAGE: {
    happened: 'The command line asks for something that pvevm does not know, or for things that exclude each other.',
    causes: [
      'The name of a command or an option is misspelt.',
      'A value is missing, or has another form than the option takes.',
      '`--only` names nothing that the documents describe.',
    ],
    remedies: [
      'Read the hint: it names the nearest thing that is known.',
      'See `pvevm --help` for the commands, and `pvevm COMMAND --help` for the options of one.',
    ],
  },
  SPEC_FILE: {
    happened: 'A file that was to be read cannot be, or is no text.',
    causes: [
      'The path is misspelt, or is relative to another folder than the current one.',
      'The folder holds no `*.yaml` or `*.yml` file, or the glob matches none.',
      'The file is larger than 10 MB, in another encoding than UTF-8, or not yours to read.',
    ],
    remedies: ['Check the path from the folder that you are in.', 'Save the file as UTF-8.'],
  },
  SPEC_SYNTAX: {
    happened: 'A file is not YAML, so that nothing in it could be looked at.',
    causes: [
      'A space is missing after a colon, a quote or a bracket is not closed, or a line is indented wrongly.',
      'A placeholder such as `${var.x}` stands inside `{}` or `[]` without quotes.',
      'A tab is used for indentation.',
    ],
    remedies: [
      'Look at the marked place, and at the line before it.',
      'Put a text that holds `: `, ` #`, `{` or `[` into quotes.',
    ],
  },
  SPEC_INVALID: {
    happened: 'A document is YAML, and says something that its kind does not know or that cannot be meant.',
    causes: [
      'A key is misspelt, or stands at another level than it should.',
      'A value has the wrong type, is out of range, or lacks its unit (`32GiB`).',
      'Two fields contradict each other.',
      'A variable has no value.',
    ],
    remedies: [
      'Read what was expected; a near known key is named.',
      'See `pvevm explain vm` for the fields, and `pvevm explain vm.disks.size` for one of them.',
      'Let an editor check while you write: `pvevm schema` prints the JSON Schema.',
    ],
  },
  SPEC_DUPLICATE: {
    happened: 'Two documents describe the same resource, so that it is not clear which one counts.',
    causes: [
      'A file was copied, and the name in it was not changed.',
      'One file is read by two names, or a base document lies among the documents.',
    ],
    remedies: ['Rename or remove one of the two; both places are named.'],
  },
  CONFIG: {
    happened: 'How to connect is not clear, or a setting of the connection is wrong. Nothing was contacted.',
    causes: [
      'No endpoint or no credentials are set.',
      'A context is named that does not exist.',
      'A file of settings or a token has another form than expected, or others can read a file that holds a secret.',
    ],
    remedies: [
      'Run `pvevm doctor`: it says which settings are in effect, and where they come from.',
      'Run `pvevm login` to make a context, or set `PVEVM_ENDPOINT` and `PVEVM_TOKEN`.',
      'To try pvevm without a server, add `--sandbox`.',
    ],
  },
};

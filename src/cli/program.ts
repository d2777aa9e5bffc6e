import { Command, CommanderError } from 'commander';
import { PvevmError } from '../core/error.ts';
import { EXIT_CODES } from '../core/exit-code.ts';
import type { CommandContext } from './command-context.ts';
import { addApply } from './commands/add-apply.ts';
import { addAudit } from './commands/add-audit.ts';
import { addCompletion } from './commands/add-completion.ts';
import { addContext } from './commands/add-context.ts';
import { addDestroy } from './commands/add-destroy.ts';
import { addDoctor } from './commands/add-doctor.ts';
import { addExplain } from './commands/add-explain.ts';
import { addExport } from './commands/add-export.ts';
import { addFmt } from './commands/add-fmt.ts';
import { addLogin } from './commands/add-login.ts';
import { addOutput } from './commands/add-output.ts';
import { addPlan } from './commands/add-plan.ts';
import { addReap } from './commands/add-reap.ts';
import { addRender } from './commands/add-render.ts';
import { addSandbox } from './commands/add-sandbox.ts';
import { addSchema } from './commands/add-schema.ts';
import { addShow } from './commands/add-show.ts';
import { addStatus } from './commands/add-status.ts';
import { addUp } from './commands/add-up.ts';
import { addValidate } from './commands/add-validate.ts';
import { addGlobalOptions, markOptionalValues } from './global-options.ts';
import type { Io } from './io.ts';
import { runGuarded } from './run-guarded.ts';
import { splitCommand } from './up/split-command.ts';

const HELP = `
Examples:
  pvevm validate                   check the documents of the current folder
  pvevm plan --sandbox vm.yaml     what apply would do, tried in the simulator
  pvevm apply vm.yaml              plan, ask, and carry it out
  pvevm destroy vm.yaml            remove what the document describes
  pvevm status                     what the resources of the documents are doing
  pvevm output --format ssh-config how to reach them, for other programs
  pvevm up ci.yaml -- ./test.sh    make guests, run a command, destroy them
  pvevm export vm/web-01           write a live guest as a document
  pvevm audit show audit.jsonl     what runs with --audit audit.jsonl have done
  pvevm sandbox serve              keep the simulator running
  pvevm explain vm.disks.size      what a field means
  pvevm schema vm                  the JSON Schema of the kind vm, for an editor

Connection:
  The first of these that has an endpoint and credentials; they are never mixed:
    options of the command         --endpoint with --token-file, --ca,
                                   --fingerprint, --insecure; or --context
    PVEVM_ENDPOINT                 with PVEVM_TOKEN, PVEVM_TOKEN_FILE, or
                                   PVEVM_USERNAME and PVEVM_PASSWORD; PVEVM_CA,
                                   PVEVM_FINGERPRINT, PVEVM_INSECURE
    a context that is named        by PVEVM_CONTEXT, or context in pvevm.yaml
    PROXMOX_VE_*, PM_*, PROXMOX_*  as Terraform, Ansible and Packer read them
    the current context            as pvevm context list shows it

Exit codes:
  0 ok           done, or no changes
  1 error        anything that is not below
  2 changes      there are some; with --detailed-exitcode and --exit-code only
  3 invalid      the documents, the command line or the settings are wrong
  4 consent      an effect was not allowed, or the answer was no
  5 access       the token is wrong, or lacks a privilege
  6 unreachable  no connection
  7 conflict     a foreign guest, a taken id, a stale plan, a locked guest
  8 partial      some steps are done, some failed
  9 missing      something that is named does not exist
  130 interrupted, by Ctrl-C; 143 terminated, by SIGTERM`;

/** All commands, as help lists them. */
const COMMANDS: readonly (readonly [name: string, add: (program: Command, context: CommandContext) => void])[] = [
  ['validate', addValidate],
  ['plan', addPlan],
  ['apply', addApply],
  ['destroy', addDestroy],
  ['status', addStatus],
  ['output', addOutput],
  ['up', addUp],
  ['reap', addReap],
  ['show', addShow],
  ['context', addContext],
  ['audit', addAudit],
  ['sandbox', addSandbox],
  ['login', addLogin],
  ['doctor', addDoctor],
  ['export', addExport],
  ['render', addRender],
  ['explain', addExplain],
  ['fmt', addFmt],
  ['schema', addSchema],
  ['completion', addCompletion],
];

/** The program with its commands: all, or, where `first` names one, that one alone. */
export function createProgram(version: string, first: string | undefined, context: CommandContext): Command {
  const { io } = context;
  const program = new Command('pvevm')
    .usage('COMMAND [options] [PATH...]')
    .description('Brings the guests of a Proxmox VE cluster to the state that YAML files describe.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain the program, or a command')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      // Usage errors are printed where all errors are; this is the help of a call without a command.
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    });
  addGlobalOptions(program);
  // A command that is named needs no others beside it; help, options before it, and what is misspelt need all.
  const named = COMMANDS.filter(([name]) => name === first);
  for (const [, add] of named.length === 0 ? COMMANDS : named) add(program, context);
  return program;
}

function toUsageError(error: CommanderError): PvevmError {
  // Commander puts its suggestion on a line of its own.
  const [message = '', ...suggestions] = error.message.replace(/^error: /, '').split('\n');
  const hints = suggestions.map((suggestion) => suggestion.replace(/^\((.*)\)$/, '$1'));
  return new PvevmError('USAGE', message, {
    hints: [...hints, 'Run pvevm --help for the commands, and pvevm COMMAND --help for their options.'],
  });
}

async function runCommand(argv: readonly string[], version: string, io: Io): Promise<number> {
  let exitCode: number = EXIT_CODES.ok;
  const { own, command } = splitCommand(argv);
  const program = createProgram(version, argv[0], {
    io,
    command,
    finish: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync([...markOptionalValues(own)], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_CODES.ok;
    // A call without a command prints the help to standard error.
    if (error.code === 'commander.help') return EXIT_CODES.invalid;
    throw toUsageError(error);
  }
  return exitCode;
}

/** Runs the command that the arguments name, and gives its exit code back; what fails is printed. */
export function runProgram(argv: readonly string[], version: string, world: Io): Promise<number> {
  return runGuarded(argv, world, (io) => runCommand(argv, version, io));
}

import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { LoginOptions } from '../login/login-options.ts';

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Adds `login` to the program. */
export function addLogin(program: Command, context: CommandContext): void {
  program
    .command('login')
    .summary('set a connection up, and give it a name')
    .description(
      "Verifies the server (shows its certificate, to be compared with the node's own), takes an API token or creates one after asking for user and password, tests it, and writes it as a context to the user's configuration.\nWhere nobody can be asked: PVEVM_TOKEN, or PVEVM_USERNAME and PVEVM_PASSWORD (PVEVM_OTP), with --fingerprint or --ca.",
    )
    .argument('[ENDPOINT]', 'URL of a node, as in https://pve1:8006; asked for where it is missing')
    .option('--context <name>', 'the name of the context; the first part of the host name unless given')
    .option('--use', 'make it the current context; the first one is in any case')
    .option('--token-file <file>', 'use the API token of this file, and create none')
    .option('--username <user>', 'the user to log in as, user@realm; asked for where it is missing')
    .option('--token-name <name>', 'the name of the token to create; pvevm-HOSTNAME unless given')
    .option('--privsep', "create a token with privileges of its own, in place of all of the user's")
    .option('--ca <file>', 'file with the certificate authority that signed the server')
    .option('--fingerprint <sha256>', "the SHA-256 fingerprint of the server's certificate; it is pinned", collect)
    .option('--insecure', 'do not verify the server at all')
    .option('-y, --yes', 'replace a context of that name without asking; accepts no certificate')
    .addHelpText(
      'after',
      '\nExamples:\n  pvevm login https://pve1:8006\n  pvevm login pve1 --context home --privsep --use\n  PVEVM_TOKEN=… pvevm login pve1 --fingerprint AA:BB:… -y',
    )
    .action(async (endpoint: string | undefined, _options: unknown, self: Command) => {
      const { runLogin } = await import('./login.ts');
      context.finish(await runLogin(endpoint, self.optsWithGlobals<LoginOptions>(), context.io));
    });
}

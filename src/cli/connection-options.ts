import type { Command } from 'commander';

/** What a command that connects is told about the connection. */
export interface ConnectionOptions {
  /** The name of a context. */
  readonly context?: string;
  /** Tried in order. */
  readonly endpoint?: readonly string[];
  readonly tokenFile?: string;
  readonly ca?: string;
  /** One for each node whose certificate is pinned. */
  readonly fingerprint?: readonly string[];
  readonly insecure?: boolean;
  /** The folder of the sandbox; empty for the usual one. */
  readonly sandbox?: string;
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Adds the options of the connection to a command. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option('--context <name>', 'connect as a context says (pvevm context list shows them)')
    .option(
      '--endpoint <url>',
      'URL of the Proxmox VE API, as in https://pve1:8006; several are tried in order',
      collect,
    )
    .option('--token-file <file>', 'file that holds an API token, user@realm!name=secret')
    .option('--ca <file>', 'file with the certificate authority that signed the server')
    .option('--fingerprint <sha256>', "the SHA-256 fingerprint of the server's certificate; may be repeated", collect)
    .option('--insecure', 'do not verify the server at all')
    .option(
      '--sandbox [=DIR]',
      'use the embedded Proxmox VE simulator, with its state in DIR (.pvevm/sandbox unless given)',
    );
}

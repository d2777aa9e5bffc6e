import { sanitizeLine } from '../../core/sanitize.ts';
import { type CreatedToken, removalCommand } from './create-token.ts';
import type { TestedToken } from './test-token.ts';
import type { VerifiedServer } from './verify-server.ts';

/** What a login has brought about. */
export interface LoginReport {
  readonly endpoint: string;
  readonly server: VerifiedServer;
  readonly tested: TestedToken;
  readonly created: CreatedToken | undefined;
  readonly name: string;
  readonly isCurrent: boolean;
  /** The file of contexts, for people. */
  readonly file: string;
}

function tokenLines({ id, userid, name, privsep }: CreatedToken, grants: readonly string[]): readonly string[] {
  const rights = privsep
    ? [
        'Its privileges are its own (privilege separation), and it has none yet.',
        'Run on a node, to grant what plan and apply need:',
        ...grants.map((line) => `  ${line}`),
      ]
    : [
        `It may do all that ${userid} may, for privileges are not separated.`,
        'A token with fewer: pvevm login --privsep',
      ];
  return [`Token ${id} created.`, ...rights, `To remove it, run on a node: ${removalCommand(userid, name)}`];
}

function nodeLines({ nodes }: TestedToken, file: string): readonly string[] {
  if (nodes.length < 2) return [];
  return [
    `The cluster has ${nodes.length} nodes: ${nodes.join(', ')}.`,
    `To go on while one is down, add others to endpoints (and fingerprints) in ${file}.`,
  ];
}

/** What a login has brought about, for people, without the secret. No control character of the server gets through. */
export function loginText({ endpoint, server, tested, created, name, isCurrent, file }: LoginReport): string {
  const lacks =
    created?.privsep !== true && tested.missing > 0
      ? [
          `It lacks ${tested.missing} of the privileges that plan needs: pvevm doctor shows which, and how to grant them.`,
        ]
      : [];
  const lines = [
    `Logged in to ${endpoint} (Proxmox VE ${tested.version}) as ${tested.user}.`,
    `The server was verified ${server.how}.`,
    ...(created === undefined ? [] : tokenLines(created, tested.grants)),
    ...lacks,
    `Context ${name} written to ${file}${isCurrent ? '; it is the current one' : ''}.`,
    ...nodeLines(tested, file),
    isCurrent ? 'Next: pvevm doctor' : `Next: pvevm doctor --context ${name}, or pvevm context use ${name}`,
  ];
  return lines.map(sanitizeLine).join('\n');
}

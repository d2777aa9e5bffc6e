import { REDACTED } from '../../core/redact.ts';
import type { RunCommandOptions } from '../plan-options.ts';

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command line that goes on where a run was stopped: the same documents, the same cluster; secrets are left out. */
export function continuationOf(
  command: string,
  paths: readonly string[],
  options: RunCommandOptions,
  secrets: ReadonlySet<string> = new Set(),
): string {
  const {
    context,
    endpoint = [],
    tokenFile,
    ca,
    fingerprint = [],
    insecure,
    sandbox,
    adopt,
    allow = [],
    varFile = [],
    rotateSecrets,
    renew,
    prune,
    only = [],
    parallelism,
    parallelismPerNode,
    parallelismPerStorage,
    failFast,
    rollbackOnFailure,
    audit,
  } = options;
  const optional = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [value === '' ? `--${name}` : `--${name}=${value}`];
  const words = [
    ...optional('sandbox', sandbox),
    ...(context === undefined ? [] : ['--context', context]),
    ...endpoint.flatMap((url) => ['--endpoint', url]),
    ...(tokenFile === undefined ? [] : ['--token-file', tokenFile]),
    ...(ca === undefined ? [] : ['--ca', ca]),
    ...fingerprint.flatMap((sha256) => ['--fingerprint', sha256]),
    ...(insecure === true ? ['--insecure'] : []),
    ...optional('adopt', adopt),
    ...(rotateSecrets === true ? ['--rotate-secrets'] : []),
    ...(renew === true ? ['--renew'] : []),
    ...(prune === true ? ['--prune'] : []),
    ...only.flatMap((selector) => ['--only', selector]),
    ...(parallelism === undefined ? [] : ['--parallelism', String(parallelism)]),
    ...(parallelismPerNode === undefined ? [] : ['--parallelism-per-node', String(parallelismPerNode)]),
    ...(parallelismPerStorage === undefined ? [] : ['--parallelism-per-storage', String(parallelismPerStorage)]),
    ...(failFast === true ? ['--fail-fast'] : []),
    ...(rollbackOnFailure === true ? ['--rollback-on-failure'] : []),
    ...(audit === undefined ? [] : ['--audit', audit]),
    ...(allow.length === 0 ? [] : ['--allow', allow.join(',')]),
    ...[...(options.var ?? [])].flatMap(([name, value]) => [
      '--var',
      `${name}=${secrets.has(value) ? REDACTED : value}`,
    ]),
    ...varFile.flatMap((file) => ['--var-file', file]),
    ...paths,
  ];
  return ['pvevm', command, ...words.map(quote)].join(' ');
}

import { hostname, userInfo } from 'node:os';
import packageFacts from '../../../package.json' with { type: 'json' };
import type { Plan } from '../../core/plan.ts';
import type { AuditOpening } from '../../report/audit/audit-record.ts';
import type { Connection } from '../connect.ts';
import type { Io } from '../io.ts';
import { planDigest } from '../saved-plan/plan-digest.ts';

/** What CI systems say of a job, and what sudo says of a person. None of these holds a secret. */
const CI_VARIABLES: readonly string[] = [
  ...['GITHUB_REPOSITORY', 'GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT', 'GITHUB_WORKFLOW', 'GITHUB_JOB', 'GITHUB_ACTOR'],
  ...['GITHUB_REF', 'GITHUB_SHA', 'GITHUB_SERVER_URL'],
  ...['CI_PROJECT_PATH', 'CI_PIPELINE_ID', 'CI_JOB_ID', 'CI_JOB_URL', 'CI_COMMIT_SHA', 'CI_COMMIT_REF_NAME'],
  ...['GITLAB_USER_LOGIN', 'FORGEJO_RUN_ID', 'GITEA_RUN_ID', 'BUILD_TAG', 'BUILD_URL', 'BUILDKITE_BUILD_URL'],
  ...['CIRCLE_BUILD_URL', 'BUILD_BUILDID', 'SUDO_USER'],
];

/** What is said of a run at its beginning, beside what its plan and its connection say. */
export interface RunFacts {
  readonly command: string;
  readonly plan: Plan;
  readonly allowed: ReadonlySet<string>;
  readonly sources: readonly { readonly file: string; readonly sha256: string }[];
}

function localUser(env: Io['env']): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return env['USER'] ?? env['USERNAME'] ?? String(process.getuid?.() ?? '');
  }
}

/** The first record of a run: who does what, where, with which documents and plan. */
export function openingOf({ command, plan, allowed, sources }: RunFacts, connection: Connection, io: Io): AuditOpening {
  const { name, version } = plan.cluster;
  const ci = CI_VARIABLES.flatMap((variable) => {
    const value = io.env[variable] ?? '';
    return value === '' ? [] : [[variable, value] as const];
  });
  return {
    type: 'run.opened',
    ...{ command, pvevm: packageFacts.version, endpoint: connection.label },
    cluster: { name, version },
    stack: plan.stack,
    ...{ user: connection.client.user, localUser: localUser(io.env), host: hostname(), ci: Object.fromEntries(ci) },
    allowed: [...allowed].sort(),
    documents: sources.map(({ file, sha256 }) => ({ file, sha256 })),
    plan: planDigest(plan),
  };
}

import { resolve } from 'node:path';
import { displayPath } from '../../spec/source.ts';
import type { Connection } from '../connect.ts';
import { expandHome } from '../home.ts';
import type { Io } from '../io.ts';
import { type AuditFile, openAuditFile } from './audit-file.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';
import { openingOf, type RunFacts } from './opening.ts';

/** An audit log that is asked for, and can be appended to. */
export interface PreparedAudit {
  /** Its name, for people. */
  readonly shown: string;
  /** Records the beginning of a run. Throws `AUDIT` where that cannot be written. */
  begin(facts: RunFacts): AuditLog;
  /** For a run that does not begin. */
  close(): void;
}

/** The file of the audit log: as the option, `PVEVM_AUDIT` or the context says, in this order; undefined where none does. */
function auditPath(option: string | undefined, { audit }: Connection, { env, cwd }: Io): string | undefined {
  const { PVEVM_AUDIT: named = '' } = env;
  if (option !== undefined) return resolve(cwd, option);
  return named === '' ? audit : resolve(cwd, expandHome(named, env));
}

/** Opens the audit log that a run is to be recorded in, where one is asked for. Throws `AUDIT` where it cannot be used. */
export function prepareAudit(option: string | undefined, connection: Connection, io: Io): PreparedAudit | undefined {
  const path = auditPath(option, connection, io);
  if (path === undefined) return undefined;
  const shown = displayPath(path, io.cwd);
  const file: AuditFile = openAuditFile(path, shown);
  return {
    shown,
    begin: (facts) => {
      const log = createAuditLog({
        ...{ file, plan: facts.plan, wallClock: Date.now, clean: io.clean ?? ((text) => text) },
        serverClock: () => connection.client.answeredAt?.(),
      });
      log.open(openingOf(facts, connection, io));
      return log;
    },
    close: () => file.close(),
  };
}

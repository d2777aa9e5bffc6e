import { randomBytes } from 'node:crypto';
import { addBuiltInRealms, formatDomainsCfg, parseDomainsCfg, type Realm } from '../files/domains-cfg.ts';
import { formatPasswords, PASSWORD_FILE, parsePasswords } from '../files/password-file.ts';
import type { StateFolder } from '../files/state-folder.ts';
import { formatTfaCfg, parseTfaCfg, type TotpEntry } from '../files/tfa-cfg.ts';
import { formatTokenCfg, formatUserCfg, parseUserCfg, type UserCfg } from '../files/user-cfg.ts';

/** What the files of access control hold. */
export interface AccessContent extends UserCfg {
  readonly realms: Map<string, Realm>;
  readonly passwords: Map<string, string>;
  readonly totp: Map<string, readonly TotpEntry[]>;
}

/** The files of access control in a sandbox's folder. */
export interface AccessFiles {
  /** Stays the same object; `load` fills it anew. */
  readonly content: AccessContent;
  load(): void;
  save(): void;
  /** The key that tickets are signed with; made when it is first asked for. */
  ticketKey(): string;
}

const TICKET_KEY = 'priv/authkey.key';

/** `user.cfg`, `domains.cfg`, and below `priv/` the secrets of tokens, passwords and second factors. */
export function createAccessFiles(
  folder: StateFolder,
  builtIn: Readonly<Record<string, readonly string[]>>,
): AccessFiles {
  const content: AccessContent = {
    ...parseUserCfg('', '', builtIn),
    realms: new Map(),
    passwords: new Map(),
    totp: new Map(),
  };
  const read = (path: string): string => folder.read(path) ?? '';
  return {
    content,
    load() {
      const { acl, ...maps } = parseUserCfg(read('user.cfg'), read('priv/token.cfg'), builtIn);
      content.acl.splice(0, content.acl.length, ...acl);
      refill(content.users, maps.users);
      refill(content.tokens, maps.tokens);
      refill(content.groups, maps.groups);
      refill(content.groupComments, maps.groupComments);
      refill(content.pools, maps.pools);
      refill(content.roles, maps.roles);
      refill(content.realms, parseDomainsCfg(read('domains.cfg')));
      refill(content.passwords, parsePasswords(read(PASSWORD_FILE)));
      refill(content.totp, parseTfaCfg(read('priv/tfa.cfg')));
    },
    save() {
      addBuiltInRealms(content.realms);
      folder.write('user.cfg', formatUserCfg(content));
      folder.write('priv/token.cfg', formatTokenCfg(content));
      folder.write(PASSWORD_FILE, formatPasswords(content.passwords));
      writeUnlessDefault('domains.cfg', formatDomainsCfg(content.realms), content.realms.size > 2);
      writeUnlessDefault('priv/tfa.cfg', formatTfaCfg(content.totp), content.totp.size > 0);
    },
    ticketKey() {
      const known = folder.read(TICKET_KEY);
      if (known !== undefined) return known;
      const key = randomBytes(32).toString('base64');
      folder.write(TICKET_KEY, key);
      return key;
    },
  };

  /** A file that a new host does not have is made by the first change, and stays. */
  function writeUnlessDefault(path: string, text: string, isNeeded: boolean): void {
    if (isNeeded || folder.read(path) !== undefined) folder.write(path, text);
  }
}

function refill<Key, Value>(target: Map<Key, Value>, source: ReadonlyMap<Key, Value>): void {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}

import type { Harness } from '../harness.ts';

/** Runs a `pveum` command as the API call that it stands for. */
export async function runPveum({ pve }: Harness, command: string): Promise<void> {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
  const [, object, verb, target = '', ...rest] = words;
  const option = (name: string): string | undefined => rest[rest.indexOf(`--${name}`) + 1 || rest.length];
  const [privs = '', roles = '', users, tokens] = ['privs', 'roles', 'users', 'tokens'].map(option);
  if (object === 'role' && verb === 'add') await pve.post('/access/roles', { params: { roleid: target, privs } });
  else if (object === 'role') await pve.put(`/access/roles/${target}`, { params: { privs, append: 1 } });
  else {
    const whom = users === undefined ? { tokens: tokens ?? '' } : { users };
    await pve.put('/access/acl', {
      params: { path: target, roles, ...whom, propagate: option('propagate') === '0' ? 0 : 1 },
    });
  }
}

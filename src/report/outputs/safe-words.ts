import { PvevmError } from '../../core/error.ts';
import type { GuestOutput } from './guest-output.ts';

// What neither ssh nor Ansible takes for a pattern, an option, a placeholder or a template.
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const USER = /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/;

/**
 * Throws `SPEC_INVALID` where a guest's name or user would be misread in a file that another program takes patterns,
 * placeholders or templates out of. `form` is what the file is, for people.
 */
export function checkWords({ address, name, user }: GuestOutput, form: string): void {
  const [what, value] = HOST.test(name) ? ['user', user] : ['name', name];
  if (value === null || (what === 'user' && USER.test(value))) return;
  throw new PvevmError(
    'SPEC_INVALID',
    `cannot write ${address} into ${form}: its ${what} is ${JSON.stringify(value)}, which would be misread there`,
    {
      hints: [
        what === 'user'
          ? 'Write cloudInit.user with letters, digits, _ . and - alone.'
          : 'Give it a name of letters, digits, . and - alone.',
        'Use --format json, which holds any text.',
      ],
    },
  );
}

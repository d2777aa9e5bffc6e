import { expect, it } from 'vitest';
import { formatDiagnostics } from '../../src/report/diagnostics-text.ts';
import { createTheme } from '../../src/report/theme.ts';
import { breakText, wrapAll, wrapLine, wrapList, wrapText } from '../../src/report/wrap.ts';

const finding = (detail: string) => [{ severity: 'note', code: 'PERMISSION', summary: 'told', detail }] as const;
const plain = createTheme(false);

it('breaks a text between words, and gives a longer word a line of its own', () => {
  expect(wrapText('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  expect(wrapText('a incomprehensibilities b', 5)).toEqual(['a', 'incomprehensibilities', 'b']);
  expect(wrapText('', 5)).toEqual(['']);
});

it('keeps the blanks with which a text begins', () => {
  expect(wrapText('  one two three', 9)).toEqual(['  one two', 'three']);
  expect(wrapText('  incomprehensible', 9)).toEqual(['  incomprehensible']);
});

it('breaks longer words too where every line has to fit, and none through a character', () => {
  expect(wrapAll('a incomprehensibilities b', 8)).toEqual(['a', 'incompre', 'hensibil', 'ities', 'b']);
  expect(breakText('サーバー', 5)).toEqual(['サー', 'バー']);
  expect(breakText('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 1)).toEqual(['👩‍👩‍👧‍👦', '👩‍👩‍👧‍👦']);
});

it('sets in what goes on from a line of a text, where no word is broken for that', () => {
  expect(wrapLine('ssh-ed25519 AAAAC3Nz ada@desk', 12)).toEqual(['ssh-ed25519', '  AAAAC3Nz', '  ada@desk']);
  expect(wrapLine('ssh-ed25519 AAAAC3NzaC1l ada@desk', 12)).toEqual(['ssh-ed25519', 'AAAAC3NzaC1l', 'ada@desk']);
  expect(wrapLine('one incomprehensibilities', 12)).toEqual(['one', 'incomprehens', 'ibilities']);
  expect(wrapLine('it fits', 7)).toEqual(['it fits']);
});

it('breaks a list after commas, keeps brackets together, and breaks what is too long between words', () => {
  expect(wrapList('cores 4, efi (type 4m, no keys), agent', 24)).toEqual([
    'cores 4,',
    'efi (type 4m, no keys),',
    'agent',
  ]);
  expect(wrapList('image of a very long name, ssd', 12)).toEqual(['image of a', 'very long', 'name, ssd']);
});

it('wraps the sentences of a finding where a width is given, and never the commands that stand in lines of their own', () => {
  const sentence = 'one two three four five six seven';
  expect(formatDiagnostics(finding(sentence), new Map(), plain)).toContain(`  ${sentence}\n`);
  expect(formatDiagnostics(finding(sentence), new Map(), plain, 20)).toContain(
    '  one two three four\n  five six seven\n',
  );
  const commands = `Run:\npveum role add Keeper --privs "VM.Audit VM.Config.Disk"`;
  expect(formatDiagnostics(finding(commands), new Map(), plain, 20)).toContain(
    '  Run:\n  pveum role add Keeper --privs "VM.Audit VM.Config.Disk"\n',
  );
});

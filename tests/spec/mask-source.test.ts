import { expect, it } from 'vitest';
import { maskSource } from '../../src/spec/mask-source.ts';

const MASKED = '********';

it.each([
  ['a plain value', 'password: hunter2', `password: ${MASKED}`],
  ['a quoted value', 'password: "hunter2" # why', `password: ${MASKED} # why`],
  ['a value with an escaped quote', 'password: "hun\\"ter2"', `password: ${MASKED}`],
  ['a value in braces', 'cloudInit: { password: hunter2, user: x }', `cloudInit: { password: ${MASKED}, user: x }`],
  ['the last value in braces', 'cloudInit: { password: hunter2 }', `cloudInit: { password: ${MASKED} }`],
  ['two values on a line', '{ password: a1, secret: "b2" }', `{ password: ${MASKED}, secret: ${MASKED} }`],
  ['a misspelt key', 'passwrd: hunter2', `passwrd: ${MASKED}`],
  ['a quoted key', '"cipassword": hunter2', `"cipassword": ${MASKED}`],
  ['a comment', '# password: hunter2', `# password: ${MASKED}`],
  ['an entry of a list', '- password: hunter2\n  user: x', `- password: ${MASKED}\n  user: x`],
  ['a block', 'password: |\n  hun\n  ter2\nuser: x', `password: ${MASKED}\n  ${MASKED}\n  ${MASKED}\nuser: x`],
  ['a value on the next line', 'password:\n  hunter2\nuser: x', `password:\n  ${MASKED}\nuser: x`],
  ['an open quote', 'password: "hun\n  ter2"\nuser: x', `password: ${MASKED}\n  ${MASKED}\nuser: x`],
  ['a fallback', 'password: ${env.PW:-hunter2}', `password: ${MASKED}`],
  ['a text around a placeholder', 'password: a${env.PW}', `password: ${MASKED}`],
])('hides %s', (_name, text, shown) => {
  expect(maskSource(text)).toBe(shown);
});

it.each([
  'password: ${env.PW}',
  'password: "${env.PW}${file:pw}"',
  '{ password: "${env.PW}", user: x }',
  'name: web-01\nuser: hunter2',
  'compass: north',
])('shows %j', (text) => {
  expect(maskSource(text)).toBe(text);
});

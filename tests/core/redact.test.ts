import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, redactAnywhere, spellingsOf } from '../../src/core/redact.ts';

describe('R-48: redact', () => {
  it.each([
    ['as it is', 'pass word/+%', 'sent pass word/+% to'],
    ['in a URL', 'pass word/+%', 'x=pass%20word%2F%2B%25&y'],
    ['in a URL with small digits', 'pass word/+%', 'x=pass%20word%2f%2b%25&y'],
    ['in a form', 'pass word/+%', 'x=pass+word%2F%2B%25&y'],
    ['in JSON', 'say "hi"\\n', '{"x":"say \\"hi\\"\\\\n"}'],
    ['in YAML', "it's mine", "password: 'it''s mine'"],
    ['in a shell', "it's mine", "--var 'pw=it'\\''s mine'"],
    ['in base64', 'a password', 'Basic YSBwYXNzd29yZA=='],
    ['with control characters made visible', 'bell\u0007bell', 'value bell\\x07bell'],
  ])('finds a secret %s', (_name, secret, text) => {
    const clean = redact(text, [secret]);
    expect(clean).toContain('********');
    for (const spelling of spellingsOf(secret)) expect(clean).not.toContain(spelling);
  });

  it('finds each long line of a secret by itself', () => {
    expect(redact('key second-line!', ['first-line!\nsecond-line!\n'])).toBe('key ********');
  });

  it('takes a short secret as a word of its own, and not from the middle of others', () => {
    expect(redact("value 'ab' of abacus, cab and ab.", ['ab'])).toBe("value '********' of abacus, cab and ********.");
  });

  it('leaves short secrets alone in text that does not speak of them', () => {
    expect(redactAnywhere('vm/web-01 vm longer', ['vm', 'longer'])).toBe('vm/web-01 vm ********');
  });

  it('leaves the text alone where a secret is empty', () => {
    expect(redact('text', [''])).toBe('text');
  });

  it('leaves no secret in any text around it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!'********'.includes(secret));
        const clean = redact(`${before}${secret}${after}`, [secret]);
        return !clean.replaceAll('********', '\u0000').includes(secret);
      }),
    );
  });
});

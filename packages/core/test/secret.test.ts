import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createSecret, isSecret } from '../src/index.ts';

describe('Secret', () => {
  const secret = createSecret('s3cr3t-canary', 'https://api.github.com/v3');

  it('prints as [redacted] everywhere', () => {
    const shown = [
      String(secret),
      secret.toString(),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ secret }, { depth: 9 }),
    ];
    for (const text of shown) {
      expect(text).toContain('[redacted]');
      expect(text).not.toContain('canary');
    }
    expect(inspect(secret, { customInspect: false, showHidden: true })).not.toContain('canary');
  });

  it.each(['https://api.github.com/v3', 'https://api.github.com/v3/repos/o/r?x=1'])('is given for %s', (url) => {
    expect(secret.reveal(url)).toBe('s3cr3t-canary');
  });

  it.each([
    'https://api.github.com/v31',
    'https://api.github.com.evil.example/v3',
    'http://api.github.com/v3',
    'https://api.github.com:444/v3',
  ])('is refused for %s', (url) => {
    expect(() => secret.reveal(url)).toThrow(expect.objectContaining({ code: 'EACCES', reason: 'auth' }));
  });

  it('can only be narrowed', () => {
    const narrow = secret.scopedTo('https://api.github.com/v3/repos');
    expect(narrow.reveal('https://api.github.com/v3/repos/o/r')).toBe('s3cr3t-canary');
    expect(() => narrow.reveal('https://api.github.com/v3/user')).toThrow(/another origin/);
    expect(() => secret.scopedTo('https://other.example').reveal('https://other.example/x')).toThrow(/another origin/);
  });

  it('asks a function each time', async () => {
    let serial = 0;
    const renewed = createSecret(() => Promise.resolve(`token-${(serial += 1)}`));
    expect([await renewed.reveal('https://a.example'), await renewed.reveal('https://a.example')]).toEqual([
      'token-1',
      'token-2',
    ]);
  });

  it('is known by its brand', () => {
    expect(isSecret(secret)).toBe(true);
    expect(isSecret('[redacted]')).toBe(false);
  });
});

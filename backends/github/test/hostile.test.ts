import { generate } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { parseModules } from '../src/submodules.ts';
import { readAll } from './harness.ts';
import { serve } from './served.ts';

const deep = `${'d/'.repeat(2000)}leaf.txt`;

describe('a repository two thousand directories deep', () => {
  const served = serve(
    () =>
      generate(async (into) => {
        await into.commit({
          ref: 'refs/heads/main',
          message: 'Deep\n',
          changes: [{ path: deep, mode: '100644', content: 'leaf\n' }],
        });
      }),
    { name: 'acme/deep' },
  );

  it('lists and reads like any other', async () => {
    const { backend } = served.open();
    const { entries } = await backend.list('/', { recursive: true }, {});
    expect(entries).toHaveLength(2001);
    expect((await readAll(backend, `/${deep}`)).toString()).toBe('leaf\n');
    expect(await backend.unreachable?.({})).toEqual([]);
  });
});

describe('a .gitmodules that means harm', () => {
  // Each of these took minutes, or more, of one regular expression that goes over the same text again and again.
  it.each([
    ['spaces inside a value', `[submodule "a"]\npath = a\nurl = a${' '.repeat(500_000)}b`],
    ['quotes that never close', '[submodule "\n'.repeat(70_000)],
    ['spaces before a header', `${' '.repeat(900_000)}x`],
  ])('%s: is read at once', (_, text) => {
    const modules = parseModules(text);
    expect(modules.length).toBeLessThanOrEqual(1);
  });

  it('longer than any list of submodules is left alone', () => {
    expect(parseModules(`[submodule "a"]\npath = a\nurl = b\n${'#'.repeat(2_000_000)}`)).toEqual([]);
  });
});

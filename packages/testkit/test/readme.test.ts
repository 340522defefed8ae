import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { Runner } from '../src/index.ts';
import { plantedFaults } from '../src/self-test/index.ts';

it('the example of the README passes every case, and the numbers it gives are true', { timeout: 60_000 }, async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```js\n(?<code>[^]*?)```/.exec(readme)?.groups?.['code'] ?? '';
  const body = example.replaceAll(
    /import \{ (?<names>[^}]*) \} from '(?<from>[^']*)';/g,
    "const { $<names> } = await load('$<from>');",
  );
  const cases: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  const runner: Runner = {
    describe: (_, register) => register(),
    it: (name, each) => void cases.push({ name, body: () => each() }),
  };
  const load = async (name: string): Promise<unknown> => {
    if (name === 'node:test') return runner;
    return name === '@mountkit/testkit' ? import('../src/index.ts') : import('@mountkit/memory');
  };
  // oxlint-disable-next-line typescript/no-implied-eval -- the documentation is what is tested
  const run = new Function('load', `return (async () => {${body}})()`) as (
    load: (name: string) => Promise<unknown>,
  ) => Promise<void>;
  await run(load);
  expect(cases.length).toBeGreaterThan(100);
  for (const each of cases) await each.body();
  expect(readme).toContain(`${plantedFaults.length} backends with one mistake each`);
});

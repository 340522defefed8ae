import { readFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';

it('the example of the README prints what it says', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n(?<code>[^`]*)```/.exec(readme)?.groups?.['code'] ?? '';
  const printed: unknown[][] = [];
  const body = example
    .replaceAll(/import \{ (?<names>[^}]*) \} from '(?<from>[^']*)';/g, "const { $<names> } = await load('$<from>');")
    .replaceAll('console.log', 'print');
  const load = (name: string): Promise<unknown> =>
    name === '@mountkit/vfs' ? import('../src/index.ts') : import('@mountkit/memory');
  // oxlint-disable-next-line typescript/no-implied-eval -- the documentation is what is tested
  const run = new Function('load', 'print', `return (async () => {${body}})()`) as (
    load: (name: string) => Promise<unknown>,
    print: (...values: unknown[]) => void,
  ) => Promise<void>;
  await run(load, (...values) => void printed.push(values));
  const { inspect } = await import('node:util');
  const lines = printed.map(([value]) =>
    typeof value === 'string' ? value : stripVTControlCharacters(inspect(value)),
  );
  const promised = [...example.matchAll(/\/\/ (?<line>.*)$/gm)].map((match) => match.groups?.['line']);
  expect(promised).toHaveLength(3);
  expect(lines).toEqual(promised);
});

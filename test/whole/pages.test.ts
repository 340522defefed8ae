import { runDemo } from '@mountkit/demo';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultTable } from './fault-table.ts';
import { checkout } from './packed-consumer.ts';

const readme = readFileSync(join(checkout, 'README.md'), 'utf8');

/** What follows a mark, up to the next heading. */
function section(mark: string): string {
  const [, after = ''] = readme.split(`<!-- ${mark} -->`);
  return after.split('\n## ', 1)[0] ?? '';
}

describe('the README', () => {
  it('opens with the two commands', () => {
    const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(block).toContain('npx -y pnpm@12.21.0 install && npm run demo');
    expect(block).toContain('npx -y pnpm@12.21.0 install && npm test');
  });

  it('has the table of faults that the tests hold', () => {
    const rows = faultTable.map(
      ({ fault, code, reason, exit }) => `| ${fault} | \`${code}\` | ${reason ?? 'none'} | ${exit} |`,
    );
    const head = ['| trouble | code | reason | exit code |', '| --- | --- | --- | --- |'];
    expect(section('faults').trim()).toBe(
      [...head, ...rows, '| 409, an empty repository | none: an empty root | | 0 |'].join('\n'),
    );
  });

  it('has the transcript that the demo prints', async () => {
    let printed = '';
    const write = (text: string): void => void (printed += text);
    expect(await runDemo({ checkout, write })).toBe(0);
    const [, transcript = ''] = /```text\n([\s\S]*?)```/.exec(section('transcript')) ?? [];
    expect(shape(transcript)).toEqual(shape(printed));
  }, 60_000);
});

/** Commands, verdicts and what was said; figures, names of commits and lines of files change with every commit of this project. */
function shape(transcript: string): string[] {
  return transcript
    .split('\n')
    .filter((line) => line !== '' && (!line.startsWith('  ') || line.startsWith('  --')))
    .map((line) =>
      line
        .replaceAll(/\b[0-9a-f]{12}\b/g, 'COMMIT')
        .replaceAll(/[\d,]*\d/g, '#')
        .replaceAll(/requests?/g, 'requests'),
    )
    .map((line) =>
      line
        .replace(/demo\/mountkit: .* at COMMIT/, 'demo/mountkit: REPOSITORY at COMMIT')
        .replace(/packages\/core\/src|workspace\/src/, 'SRC'),
    );
}

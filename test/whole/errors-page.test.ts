import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ErrorReason, errorTexts, FsError, isErrorCode } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodes } from '../../packages/mountkit/src/cli/exit-code.ts';
import { isTrouble } from '../../packages/vfs/src/health.ts';
import { checkout } from './packed-consumer.ts';

const run = promisify(execFile);
const page = readFileSync(join(checkout, 'docs', 'errors.md'), 'utf8');
const sections = page.split(/^## /m).slice(1);
const titleOf = (section: string): string => section.split('\n', 1)[0] ?? '';
const codes = sections.filter((section) => isErrorCode(titleOf(section)));

/** The cells of the tables in a text, without their heads. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((_, index) => index > 1);
}

describe('docs/errors.md', () => {
  it('has exactly the codes of core, in their order', () => {
    expect(codes.map(titleOf)).toEqual(Object.keys(errorTexts));
  });

  it.each(codes.map((section) => [titleOf(section), section] as const))(
    '%s: its text, when, what to do, and how the command ends',
    (code, section) => {
      if (!isErrorCode(code)) throw new Error(code);
      expect(section.split('\n')[2]).toBe(errorTexts[code]);
      expect(section).toMatch(/\n\*\*When\.\*\* \S/);
      expect(section).toMatch(/\n\*\*What to do\.\*\* \S/);
      const rows = rowsOf(section);
      expect(rows.length).toBeGreaterThan(0);
      for (const [reason, retry, exit] of rows) {
        const error = new FsError(code, { op: 'read', ...(reason !== 'none' && { reason: reason as ErrorReason }) });
        const own = exitCodeOf(error);
        // What counts as trouble is told at the end, and the command ends with that.
        const isTold = own !== exitCodes.origin && isTrouble(error);
        expect(exit).toBe(isTold ? `${own}, or ${exitCodes.origin} from an origin` : `${own}`);
        expect(retry).toMatch(/^(?:never|safe|afterMs)/);
      }
    },
  );

  it('has every exit code', () => {
    const [section = ''] = sections.filter((each) => each.startsWith('Exit codes'));
    expect(rowsOf(section).map(([code]) => Number(code))).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b));
  });

  it('has an example that prints what it says', async () => {
    expect(page.match(/^```(?:js|ts)$/gm)).toHaveLength(1);
    const [, code = ''] = /^```js\n([\s\S]*?)^```/m.exec(page) ?? [];
    const [, printed = ''] = /^```text\n([\s\S]*?)^```/m.exec(page) ?? [];
    const cwd = join(checkout, 'test', 'whole');
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd });
    expect(stdout).toBe(printed);
  });
});

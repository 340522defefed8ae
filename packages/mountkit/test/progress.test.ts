import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Amount, startProgress } from '../src/cli/progress.ts';
import type { Terminal } from '../src/cli/terminal.ts';

function terminal(isTTY: boolean): { readonly stderr: Terminal['stderr']; shown(): string[] } {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 120 }) as unknown as Terminal['stderr'] &
    PassThrough;
  return {
    stderr,
    // What stands behind each bar.
    shown: () =>
      stripVTControlCharacters(String(stderr.read() ?? ''))
        .split(/[█░]+/)
        .map((text) => text.trim())
        .filter((text) => text !== ''),
  };
}

async function last(
  total: Amount,
  work: (progress: Awaited<ReturnType<typeof startProgress>>) => void,
): Promise<string | undefined> {
  const { stderr, shown } = terminal(true);
  const progress = await startProgress({ stderr }, total);
  work(progress);
  progress.stop();
  return shown().at(-1);
}

describe('the bar of a copy', () => {
  it.each<[Amount, string]>([
    [{ bytes: 400_000_000, files: 1 }, '100% 400.0 MB of 400.0 MB'],
    [{ bytes: 26_890, files: 3 }, '100% 26.9 kB of 26.9 kB, 3 of 3 files'],
    [{ bytes: 12, files: 2 }, '100% 12 bytes of 12 bytes, 2 of 2 files'],
    [{ bytes: 0, files: 2 }, '100% 0 bytes of 0 bytes, 2 of 2 files'],
    [{ bytes: 3_200_000_000_000, files: 1 }, '100% 3.2 TB of 3.2 TB'],
  ])('ends full, in a unit that suits %j', async (total, expected) => {
    const shown = await last(total, (progress) => {
      progress.advance(total.bytes);
      for (let file = 0; file < total.files; file += 1) progress.fileDone();
    });
    expect(shown).toBe(expected);
  });

  it('stays where the work stopped', async () => {
    expect(await last({ bytes: 1000, files: 4 }, (progress) => progress.advance(250))).toBe(
      '25% 0.3 kB of 1.0 kB, 0 of 4 files',
    );
  });

  it('is not shown where standard error is no terminal', async () => {
    const { stderr, shown } = terminal(false);
    const progress = await startProgress({ stderr }, { bytes: 10, files: 1 });
    progress.advance(10);
    progress.stop();
    expect(shown()).toEqual([]);
  });
});

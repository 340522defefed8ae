import { describe, expect, it } from 'vitest';
import { shellOver } from './shell.ts';

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
const files = { '/all': everyByte, '/latin1': Uint8Array.of(0xe9, 10), '/utf8': 'é😀\n', '/bom': '\u{feff}x\n' };

async function bytesOf(
  script: string,
): Promise<{ readonly bytes: Buffer; readonly pieces: number; readonly exitCode: number }> {
  const pieces: Uint8Array[] = [];
  const shell = shellOver({ '/w': files });
  const { exitCode, stdout } = await shell.exec(script, { onStdout: (piece) => void pieces.push(piece) });
  expect(stdout).toBe('');
  return { bytes: Buffer.concat(pieces), pieces: pieces.length, exitCode };
}

describe('standard output as bytes', () => {
  it.each([
    ['cat /w/all', Buffer.from(everyByte)],
    ['cat /w/latin1 /w/utf8', Buffer.concat([Buffer.of(0xe9, 10), Buffer.from('é😀\n')])],
    [
      'echo é; cat /w/latin1; cat /w/bom',
      Buffer.concat([Buffer.from('é\n'), Buffer.of(0xe9, 10), Buffer.from('\u{feff}x\n')]),
    ],
    ['for i in 1 2; do cat /w/latin1; done', Buffer.of(0xe9, 10, 0xe9, 10)],
    [
      'f() { cat /w/utf8 | cat; }; if true; then f; cat /w/latin1 | cat; fi',
      Buffer.concat([Buffer.from('é😀\n'), Buffer.of(0xe9, 10)]),
    ],
    ['cat <<E\nhere\nE', Buffer.from('here\n')],
    ['#!/bin/bash\necho "$LINENO"', Buffer.from('2\n')],
    ['', Buffer.alloc(0)],
    ['echo a; echo b >/dev/stdout', Buffer.from('a\nb\n')],
    ['echo "[$(cat /w/utf8)]"', Buffer.from('[é😀]\n')],
    ['x=$(cat /w/utf8); echo "$x"; f() { echo inner; }; y=$(f); echo "<$y>"', Buffer.from('é😀\n<inner>\n')],
    ['cat /w/bom | wc -l | while read -r line; do echo "$line!"; done', Buffer.from('1!\n')],
    ['cat /w/utf8 | while read -r line; do echo "$line!"; done; echo \'Ã\'', Buffer.from('é😀!\nÃ\n')],
    ['cat /none 2>&1; echo done', Buffer.from('cat: /none: No such file or directory\ndone\n')],
    ['echo hidden >/tmp/x; cat /tmp/x && echo shown || echo not', Buffer.from('hidden\nshown\n')],
    ['case a in a) echo one ;; esac; (cd /w; pwd); eval "echo evaluated"', Buffer.from('one\n/w\nevaluated\n')],
    ['bash -c "echo nested | cat"; for ((i=0;i<2;i++)); do printf %s $i; done', Buffer.from('nested\n01')],
    ['set -e; echo x; false; echo y', Buffer.from('x\n')],
    ['cd /w && cat utf8; exit_code() { return 3; }; exit_code || echo failed', Buffer.from('é😀\nfailed\n')],
  ])('%j', async (script, expected) => {
    expect((await bytesOf(script)).bytes.toString('hex')).toBe(expected.toString('hex'));
  });

  it('comes command by command', async () => {
    expect((await bytesOf('echo a; echo b; echo c')).pieces).toBeGreaterThanOrEqual(3);
  });

  it('does not change the exit code', async () => {
    expect((await bytesOf('echo a; exit 4')).exitCode).toBe(4);
  });

  it('holds for one script: the next has its output in the result again', async () => {
    const shell = shellOver({ '/w': files });
    await shell.exec('echo a', { onStdout: () => undefined });
    expect((await shell.exec('echo b')).stdout).toBe('b\n');
  });

  it('scripts at the same time have each their own', async () => {
    const shell = shellOver({ '/w': files });
    const seen: string[] = ['', ''];
    await Promise.all(
      seen.map((_, index) =>
        shell.exec(`for i in 1 2 3; do echo ${index}; done`, {
          onStdout: (piece) => {
            seen[index] += Buffer.from(piece).toString();
          },
        }),
      ),
    );
    expect(seen).toEqual(['0\n0\n0\n', '1\n1\n1\n']);
  });
});

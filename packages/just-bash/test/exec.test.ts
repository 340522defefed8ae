import { getEventListeners } from 'node:events';
import { type FsBackend, FsError } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { Bash, defineCommand } from 'just-bash';
import { describe, expect, it } from 'vitest';
import { mountkitBash } from '../src/index.ts';
import { countCalls } from './counting-backend.ts';
import { namespaceOf, shellOver } from './shell.ts';

const silent = { stdout: '', stderr: '', exitCode: 0 };

describe('a script sees one generation', () => {
  it('a replacement in its midst is seen by the next one', async () => {
    let replaced: PromiseLike<void> | void = undefined;
    const swap = defineCommand('swap', async () => {
      replaced = shell.namespace.replace('/w', createMemoryBackend({ '/f': 'two\n', '/g': 'new\n' }));
      return silent;
    });
    const shell = shellOver({ '/w': { '/f': 'one\n' } }, { customCommands: [swap] });
    expect(await shell.out('cat /w/f; swap; cat /w/f; ls /w')).toBe('one\none\nf\n');
    // The old mount drains: it would not if the script still held it.
    await replaced;
    expect(await shell.out('cat /w/f; ls /w')).toBe('two\nf\ng\n');
  });

  it('so are a mount and an unmount', async () => {
    const change = defineCommand('change', async () => {
      void shell.namespace.unmount('/old');
      shell.namespace.mount('/new', createMemoryBackend({ '/f': 'new\n' }));
      return silent;
    });
    const shell = shellOver({ '/old': { '/f': 'old\n' } }, { customCommands: [change] });
    expect(await shell.out('change; cat /old/f; test -e /new || echo none; ls / | grep -cE "old|new"')).toBe(
      'old\nnone\n1\n',
    );
    expect(await shell.out('cat /new/f; test -e /old || echo none')).toBe('new\nnone\n');
  });

  it('scripts at the same time have each their own', async () => {
    const steps = new Map<string, () => void>();
    const wait = defineCommand('wait-for', async ([step = '']) => {
      await new Promise<void>((resolve) => steps.set(step, resolve));
      return silent;
    });
    const shell = shellOver({ '/w': { '/f': 'one\n' } }, { customCommands: [wait] });
    const first = shell.out('wait-for a; cat /w/f');
    while (!steps.has('a')) await Promise.resolve();
    const drained = shell.namespace.replace('/w', createMemoryBackend({ '/f': 'two\n' }));
    const second = shell.out('wait-for b; cat /w/f');
    while (!steps.has('b')) await Promise.resolve();
    steps.get('b')?.();
    expect(await second).toBe('two\n');
    steps.get('a')?.();
    expect(await first).toBe('one\n');
    await drained;
  });

  it('lets go of it when the script fails for a reason of its own', async () => {
    const shell = shellOver({ '/w': { '/f': 'one\n' } });
    shell.bash.registerTransformPlugin({
      name: 'broken',
      transform: () => {
        throw new TypeError('a fault of the program');
      },
    });
    await expect(shell.exec('cat /w/f')).rejects.toThrow('a fault of the program');
    await shell.namespace.replace('/w', createMemoryBackend());
  });
});

describe('a redirection that fails', () => {
  const read = { '/w': { '/f': 'x\n' } };

  it('costs its own command only', async () => {
    const { run } = shellOver(read);
    const { stdout, stderr, exitCode } = await run('echo before; echo x > /w/new; echo "rc $?"; echo after');
    expect({ stdout, exitCode }).toEqual({ stdout: 'before\nrc 1\nafter\n', exitCode: 0 });
    expect(stderr).toMatch(/^EROFS: read-only file system, .*'\/w\/new'/);
  });

  it('ends the script with exit code 1 when it is the last', async () => {
    const { run } = shellOver(read);
    expect(await run('echo x > /w/new')).toMatchObject({ stdout: '', exitCode: 1 });
  });

  it.each([
    ['>>', 'echo x >> /w/f; echo after', 'after\n'],
    ['2>', 'ls /none 2> /w/err; echo after', 'after\n'],
    ['&>', 'echo x &> /w/all; echo after', 'after\n'],
    ['>|', 'echo x >| /w/f; echo after', 'after\n'],
    ['a bare one', '> /w/f; echo after', 'after\n'],
    ['||', 'echo x > /w/f || echo fallback', 'fallback\n'],
    ['&&', 'echo x > /w/f && echo no; echo after', 'after\n'],
    ['!', '! echo x > /w/f && echo negated', 'negated\n'],
    ['a pipe', 'echo x | cat > /w/f; echo "${PIPESTATUS[@]}"', '0 1\n'],
    ['if', 'if echo x > /w/f; then echo no; else echo else; fi', 'else\n'],
    ['a loop', 'for i in 1 2; do echo $i > /w/$i || echo skip $i; done', 'skip 1\nskip 2\n'],
    ['of a loop', 'for i in 1 2; do echo $i; done > /w/f; echo after', 'after\n'],
    ['a group', '{ echo a; echo x > /w/f; echo b; }', 'a\nb\n'],
    ['of a group', '{ echo a; } > /w/f; echo after', 'after\n'],
    ['a subshell', '(echo a; echo x > /w/f; echo b)', 'a\nb\n'],
    ['a substitution', 'v=$(echo x > /w/f; echo inner); echo "$v"', 'inner\n'],
    ['a function', 'f() { echo x > /w/f; echo inner; }; f; echo after', 'inner\nafter\n'],
    ['of a function', 'f() { echo inner; } > /w/f; f; echo after', 'after\n'],
    ['eval', 'eval "echo x > /w/f"; echo after', 'after\n'],
    ['bash -c', 'bash -c "echo x > /w/f; echo inner"; echo after', 'inner\nafter\n'],
    ['exec', 'exec 3> /w/f; echo after', 'after\n'],
    ['exec of stdout', 'exec > /w/f; echo after', 'after\n'],
  ])('in %s', async (_, script, stdout) => {
    const { exec } = shellOver(read);
    const result = await exec(script);
    expect(result.stdout).toBe(stdout);
    expect(result.stderr).toMatch(/EROFS|cannot open redirect target/);
  });

  it('counts for set -e as any failure does', async () => {
    const { run } = shellOver(read);
    expect(await run('set -e; echo x > /w/f; echo no')).toMatchObject({ stdout: '', exitCode: 1 });
    expect(await run('set -e; echo x > /w/f || true; ! echo x > /w/f; echo yes')).toMatchObject({ stdout: 'yes\n' });
  });

  it('leaves scripts without one as they are', async () => {
    const scripts = [
      'set -e; false > /tmp/q || echo fallback; ! true > /tmp/q; echo still; false > /tmp/q; echo no',
      'set -e; false > /tmp/q || false; echo no',
      'set -e; true > /tmp/q && false; echo yes; true && false > /tmp/q; echo end; if false > /tmp/q; then :; fi',
      'set -e; f() { false > /tmp/q; echo in; }; f; echo no',
      'set -e; echo a | false > /tmp/q; echo no',
      'set -e; false > /tmp/q | true; echo yes; (false > /tmp/q; echo no); echo no',
      '(exit 3) > /tmp/q; echo $?; (exit 3) > /tmp/q || echo $?; true > /tmp/a | false > /tmp/b; echo "${PIPESTATUS[@]}"',
      'echo one > /tmp/a; echo two >> /tmp/a; cat < /tmp/a > /tmp/b; cat /tmp/b; while read -r l; do echo "<$l>" >> /tmp/c; done < /tmp/a; cat /tmp/c',
      'read v < /proc/version > /tmp/q; echo "${v%% *}"; cat <<EOF > /tmp/h\n  $HOME $(echo sub > /tmp/s; cat /tmp/s)\nEOF\ncat /tmp/h',
      'exec > /tmp/all; echo hidden; exec 1>&2; echo shown; cat /tmp/all',
      'exec 4> /tmp/four; echo x >&4; exec 4>&-; cat /tmp/four; { echo out; echo err >&2; } 2>&1 | cat -n',
      'i=0; while [ $i -lt 3 ]; do echo $i > /tmp/n; i=$((i+1)); [ $i = 2 ] && break > /tmp/q; done; echo $i; cat /tmp/n',
      'f() { return 4 > /tmp/q; }; f; echo $?; g() { echo "$1"; } > /tmp/g; g arg; cat /tmp/g; exit 5 > /tmp/q',
      'x=1 > /tmp/q; echo $x; export Y=2 > /tmp/q; echo $Y; [[ -e /tmp/q ]] > /tmp/z && echo yes; ((x > 0)) > /tmp/z && echo pos',
      'case a in a) echo in > /tmp/q;; esac; cat /tmp/q; set -o noclobber; echo again > /tmp/q; echo $?; echo force >| /tmp/q; cat /tmp/q',
      'set -u; echo $nope > /tmp/q; echo no',
      'set -euo pipefail; echo yes > /tmp/q; cat /tmp/q; true > /tmp/q && echo $nope > /tmp/q || echo no; echo no',
      'set -o nounset; f() { echo $nope; }; f > /tmp/q; echo no',
      'echo $LINENO\necho $LINENO > /tmp/l\ncat /tmp/l\nset -o pipefail; false | true > /tmp/q; echo $?; echo x > /tmp; echo $?',
      'trap "echo bye" EXIT; echo hi > /tmp/q; local x > /tmp/q; eval "cat /tmp/q; false" || echo $?; command -v cat > /dev/null && echo found',
    ];
    for (const script of scripts) {
      const { stdout, stderr, exitCode } = await new Bash({ env: { HOME: '/home/user' } }).exec(script);
      expect({ script, ...(await shellOver({}).run(script)) }).toEqual({ script, stdout, stderr, exitCode });
    }
  });
});

describe('errors of the mounts', () => {
  const failing = (): FsBackend =>
    countCalls(createMemoryBackend({ '/a': 'x\n', '/b': 'x\n' }), (verb) => {
      if (verb === 'read')
        throw new FsError('EIO', { op: 'read', reason: 'unavailable', cause: 'https://secret@host' });
    });

  it('grep over an outage gives them, whatever the shell tells', async () => {
    const { exec } = shellOver({ '/w': failing(), '/fine': { '/c': 'x\n' } });
    const { mountErrors, stdout, exitCode } = await exec('grep -rn x /w /fine');
    expect(stdout).toBe('/fine/c:1:x\n');
    expect(exitCode).toBe(2);
    expect(mountErrors[0]).toMatchObject({ mount: '/w', error: { code: 'EIO', reason: 'unavailable' } });
    expect(JSON.stringify(mountErrors)).not.toContain('secret');
  });

  it('are those of this script only, and none when nothing failed', async () => {
    const { exec } = shellOver({ '/w': failing() });
    expect((await exec('cat /w/a')).mountErrors).toHaveLength(1);
    expect((await exec('ls /w; stat /w/none; echo x > /w/new')).mountErrors).toEqual([]);
    expect((await exec('cat /w/b')).mountErrors).toMatchObject([{ error: { path: expect.stringContaining('b') } }]);
  });

  it('never end a script early', async () => {
    const down = countCalls(createMemoryBackend(), () => {
      throw new FsError('EIO', { op: 'stat', reason: 'unavailable' });
    });
    const { exec } = shellOver({ '/w': down });
    const script = `
      cat /w/a; ls /w; [ -f /w/a ]; [[ -d /w/a ]]; test -e /w/a -nt /w/b; echo /w/*; cd /w/sub; . /w/a; /w/a; cat < /w/a
      echo x > /w/a; for f in /w/*; do :; done; v=$(cat /w/a); find /w; cp /w/a /tmp; command -v /w/a; read l < /w/a; echo end`;
    const result = await exec(script);
    expect(result.stdout).toMatch(/end\n$/);
    expect(result.mountErrors.length).toBeGreaterThan(0);
  });
});

describe('cancelling', () => {
  it.each(['cat /w/slow', 'cat /w/slow > /tmp/out'])('ends what is pending and the script: %s', async (command) => {
    let onRead: (signal: AbortSignal | undefined) => void;
    const reading = new Promise<AbortSignal | undefined>((resolve) => {
      onRead = resolve;
    });
    const memory = createMemoryBackend({ '/slow': 'x' });
    const slow: FsBackend = {
      ...memory,
      read: (_path, _request, { signal }) => {
        onRead(signal);
        return new Promise(() => undefined);
      },
    };
    const controller = new AbortController();
    const shell = shellOver({ '/w': slow });
    const running = shell.exec(`echo before; ${command}`, { signal: controller.signal });
    const signal = await reading;
    controller.abort();
    expect((await running).exitCode).toBe(124);
    expect(signal?.aborted).toBe(true);
    await shell.namespace.unmount('/w');
  });
});

describe('a signal', () => {
  it('that fires by a timer ends a loop whose every read is at hand', async () => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 1);
    const shell = shellOver({ '/w': { '/f': 'x' } }, { executionLimits: { maxCommandCount: 2_000 } });
    const { exitCode } = await shell.exec('while true; do cat /w/f; head -c 1 /w/f; done', {
      signal: controller.signal,
    });
    clearTimeout(timer);
    expect(exitCode).toBe(124);
  });

  it('is let go of, and carries any number of calls without a warning', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`/f${index}`, 'x']));
    const later = countCalls(createMemoryBackend(files), () => new Promise((resolve) => setImmediate(resolve)));
    const { signal } = new AbortController();
    const { stdout } = await shellOver({ '/w': later }).exec('ls -la /w', { signal });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(stdout.split('\n').length).toBeGreaterThan(100);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('that has fired before ends the script at once', async () => {
    const { exec } = shellOver({ '/w': { '/f': 'x' } });
    expect(await exec('cat /w/f', { signal: AbortSignal.abort() })).toMatchObject({ stdout: '', exitCode: 124 });
  });
});

describe('the shell it makes', () => {
  it('has its directories whatever cwd and files are', async () => {
    const shell = shellOver({ '/w': { '/f': '1\n' } }, { cwd: '/w', files: { '/etc/motd': 'hi\n' } });
    expect(await shell.out('pwd; cat f /etc/motd; cd; pwd; ls -d /tmp; ls /w')).toBe(
      '/w\n1\nhi\n/home/user\n/tmp\nf\n',
    );
    expect(await shellOver({}, { cwd: '/made/here' }).out('pwd; ls -d /made/here')).toBe('/made/here\n/made/here\n');
  });

  it('passes env, commands and limits on', async () => {
    const namespace = namespaceOf({});
    const shell = mountkitBash({ namespace, env: { GREETING: 'hi', HOME: '/' }, commands: ['echo', 'cat'] });
    expect((await shell.exec('echo $GREETING $HOME')).stdout).toBe('hi /\n');
    expect((await shell.exec('ls')).exitCode).toBe(127);
    expect((await shell.exec('cat', { stdin: 'in' })).stdout).toBe('in');
  });
});

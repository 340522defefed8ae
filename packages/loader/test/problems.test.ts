import { isFsError } from '@mountkit/core';
import { memory } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { type Config, isConfigError, load, type Problem } from '../src/index.ts';
import { errorOf, remoteDefinition } from './remote.ts';

const { definition } = remoteDefinition();
const backends = { memory: () => memory, remote: () => definition };

async function problemsOf(config: unknown): Promise<readonly Problem[]> {
  const error = await errorOf(() => load(config as Config, { backends, env: {}, onWarning: () => undefined }));
  if (!isConfigError(error)) throw error;
  return error.problems;
}
const mounted = (mount: unknown): unknown => ({ mounts: { '/m': mount } });

describe('what is wrong with a config', () => {
  it('is an option that contradicts the source beside it', async () => {
    expect(await problemsOf(mounted({ source: 'remote:a/b@main', repo: 'c/d', ref: 'main' }))).toEqual([
      { pointer: '/mounts/~1m/repo', message: "it contradicts the 'source', which says it already" },
    ]);
  });

  it('is told all at once, over all mounts, by JSON pointers, in one error', async () => {
    const error = await errorOf(() =>
      load(
        {
          mounts: {
            '/a/b~c': { type: 'remote', repo: 'nonsense', limts: {}, limits: { concurency: 1, concurrency: 0 } },
            '/gone': { type: 'remot', repo: 'a/b' },
            relative: { type: 'memory' },
            '/secret': { type: 'remote', repo: 'a/b', token: { env: 'MISSING_TOKEN' } },
            '/short': 'remte:a/b',
            '/fine': 'remote:a/b@main',
          },
          chache: {},
        } as unknown as Config,
        { backends, env: {} },
      ),
    );
    expect(isFsError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'EINVAL', op: 'load' });
    if (!isConfigError(error)) throw error;
    expect(error.problems).toEqual([
      { pointer: '/chache', message: "unknown option 'chache'", suggestion: 'cache' },
      { pointer: '/mounts/~1a~1b~0c/limts', message: "unknown option 'limts'", suggestion: 'limits' },
      {
        pointer: '/mounts/~1a~1b~0c/limits/concurency',
        message: "unknown option 'concurency'",
        suggestion: 'concurrency',
      },
      { pointer: '/mounts/~1a~1b~0c/repo', message: "a repository, 'owner/name'" },
      { pointer: '/mounts/~1a~1b~0c/limits/concurrency', message: 'at least 1' },
      {
        pointer: '/mounts/~1gone/type',
        message: "unknown type 'remot', known are memory, remote",
        suggestion: 'remote',
      },
      {
        pointer: '/mounts/relative',
        message: "a mount point is an absolute path: it begins with '/' and has at most 4096 bytes, none of them NUL",
        suggestion: '/relative',
      },
      { pointer: '/mounts/~1secret/token', message: 'the environment variable MISSING_TOKEN is not set' },
      {
        pointer: '/mounts/~1short',
        message: "unknown scheme 'remte:', known are memory: remote:",
        suggestion: 'remote:',
      },
    ]);
    for (const { pointer, message } of error.problems) expect(error.message).toContain(`\n  ${pointer}: ${message}`);
    expect(error.message).toContain("did you mean 'limits'?");
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: 'EINVAL', problems: error.problems });
  });

  it.each([undefined, null, 7, [], {}, { mounts: [] }, { mounts: 'x' }])('%j is no config', async (config) => {
    expect(await problemsOf(config)).toHaveLength(1);
  });

  it.each([
    ['/a/', '/a'],
    ['/a//b', '/a/b'],
    ['/a/../b', '/b'],
    ['//', '/'],
  ])('the mount point %s is not in its normal form %s', async (path, normal) => {
    expect(await problemsOf({ mounts: { [path]: { type: 'memory' } } })).toMatchObject([{ suggestion: normal }]);
  });

  it('two mount points that are one are told', async () => {
    expect(await problemsOf({ mounts: { '/a': { type: 'memory' }, '/a/': { type: 'memory' } } })).toEqual([
      { pointer: '/mounts/~1a~1', message: "the same mount point as '/a'" },
    ]);
  });

  it.each([
    [7, '/mounts/~1m', "a mount is an object with a 'type', or the short form of a source"],
    ['plain/text', '/mounts/~1m', 'a source begins with its scheme, known are memory: remote:'],
    ['remote:nonsense', '/mounts/~1m', 'it is written remote:owner/name[@ref]'],
    [{}, '/mounts/~1m', "a mount has a 'type' (known are memory, remote) or a 'source'"],
    [{ typ: 'remote' }, '/mounts/~1m/typ', "a mount has a 'type' (known are memory, remote) or a 'source'"],
    [{ source: 7 }, '/mounts/~1m/source', "a mount is an object with a 'type', or the short form of a source"],
    [{ source: 'remote:a/b', type: 'memory' }, '/mounts/~1m/type', "the source is of type 'remote'"],
    [{ type: 'memory', cache: { memoryBytes: -1 } }, '/mounts/~1m/cache/memoryBytes', 'not below 0'],
    [{ type: 'memory', timeouts: { idleMs: 0 } }, '/mounts/~1m/timeouts/idleMs', 'at least 1 ms'],
    [{ type: 'memory', timeouts: { idleMs: 1.5 } }, '/mounts/~1m/timeouts/idleMs', 'milliseconds are a whole number'],
    [{ type: 'memory', access: { readOnly: 1 } }, '/mounts/~1m/access/readOnly', 'true or false is expected'],
    [
      { type: 'memory', access: { root: 'a' } },
      '/mounts/~1m/access/root',
      "an absolute path without '.', '..' or a '/' at its end is expected",
    ],
    [{ type: 'memory', connect: 'yes' }, '/mounts/~1m/connect', 'true or false is expected'],
    [
      { type: 'memory', writes: 'stage' },
      '/mounts/~1m/writes',
      "the writable half of a mount is not there yet: leave 'writes' out or set it to 'off'",
    ],
    [{ type: 'remote', repo: 'a/b', follow: { intervalMs: 10 } }, '/mounts/~1m/follow/intervalMs', 'at least 1,000 ms'],
    [{ type: 'remote', repo: 'a/b', follow: 60 }, '/mounts/~1m/follow', 'true, false or {intervalMs} is expected'],
    [{ type: 'remote', repo: 'a/b', follow: true, plugins: [] }, '/mounts/~1m/plugins', "unknown option 'plugins'"],
  ])('the mount %j: %s %s', async (mount, pointer, message) => {
    const problems = await problemsOf(mounted(mount));
    expect(problems.map((problem) => [problem.pointer, problem.message])).toContainEqual([pointer, message]);
    expect(problems).toHaveLength(1);
  });

  it('common options are meant too when a name is nearly right', async () => {
    expect(await problemsOf(mounted({ type: 'remote', repo: 'a/b', timeout: {}, conect: true, zzzzzz: 1 }))).toEqual([
      { pointer: '/mounts/~1m/timeout', message: "unknown option 'timeout'", suggestion: 'timeouts' },
      { pointer: '/mounts/~1m/conect', message: "unknown option 'conect'", suggestion: 'connect' },
      { pointer: '/mounts/~1m/zzzzzz', message: "unknown option 'zzzzzz'" },
    ]);
  });

  it('a backend that cannot be imported is a problem, and the others are still checked', async () => {
    const failing = { ...backends, gone: () => Promise.reject(new Error('canary: no such module')) };
    const error = await errorOf(() =>
      load({ mounts: { '/a': { type: 'gone' }, '/b': { type: 'remote', repo: 'x' } } }, { backends: failing }),
    );
    expect(isConfigError(error) && error.problems).toEqual([
      { pointer: '/mounts/~1a/type', message: "the backend 'gone' could not be imported: is its package installed?" },
      { pointer: '/mounts/~1b/repo', message: "a repository, 'owner/name'" },
    ]);
    expect(error.message).not.toContain('canary');
  });
});

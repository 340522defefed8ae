import { memory } from '@mountkit/memory';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigWarning, isConfigError, load, type LoadedNamespace } from '../src/index.ts';
import { errorOf, remoteDefinition, type RemoteLog } from './remote.ts';

const canary = 'canary-4f1d9c';
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mountkit-secrets-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function loaded(
  mount: Record<string, unknown>,
  onWarning?: (warning: ConfigWarning) => void,
): Promise<{ namespace: LoadedNamespace; log: RemoteLog }> {
  const { definition, log } = remoteDefinition();
  const namespace = await load(
    { mounts: { '/m': { type: 'remote', repo: 'a/b', ...mount } } },
    {
      backends: { memory: () => memory, remote: () => definition },
      env: { TOKEN: canary, EMPTY: '' },
      ...(onWarning !== undefined && { onWarning }),
    },
  );
  return { namespace, log };
}

describe('secrets', () => {
  it.each(['env', 'file', 'function', 'literal'])('one given as %s is wrapped, and shows nowhere', async (kind) => {
    const file = join(directory, 'token');
    await writeFile(file, `${canary}\n`);
    const token = { env: { env: 'TOKEN' }, file: { file }, function: () => canary, literal: canary }[kind];
    const warnings: ConfigWarning[] = [];
    const { namespace, log } = await loaded({ token, auth: { key: token } }, (warning) => warnings.push(warning));
    const { options, context } = log.made[0] ?? {};
    for (const secret of [options?.token, options?.auth?.key]) {
      if (typeof secret !== 'object') throw new Error('the secret is not wrapped');
      expect(await secret.reveal('https://a.test/')).toBe(canary);
    }
    const shown = [
      options,
      context,
      namespace,
      await namespace.plan(),
      namespace.stats(),
      namespace.health(),
      warnings,
    ];
    for (const each of shown) {
      expect(inspect(each, { depth: 9, showHidden: true })).not.toContain(canary);
      expect(
        String(JSON.stringify(each, (_key, value: unknown) => (typeof value === 'bigint' ? 0 : value))),
      ).not.toContain(canary);
    }
    expect(warnings.map(({ pointer }) => pointer)).toEqual(
      kind === 'literal' ? ['/mounts/~1m/token', '/mounts/~1m/auth/key'] : [],
    );
    await namespace.close();
  });

  it('a function is asked each time', async () => {
    let calls = 0;
    const { namespace, log } = await loaded({ token: () => `${(calls += 1)}` });
    const token = log.made[0]?.options.token;
    if (typeof token !== 'object') throw new Error('the secret is not wrapped');
    expect([await token.reveal('https://x/'), await token.reveal('https://x/')]).toEqual(['1', '2']);
    await namespace.close();
  });

  it.each([
    [{ env: 'MISSING' }, 'the environment variable MISSING is not set'],
    [{ env: 'EMPTY' }, 'the environment variable EMPTY is not set'],
    [{ file: '/nonexistent/host-path' }, 'the file cannot be read'],
    [{ env: 'TOKEN', file: 'x' }, 'a secret is {env: NAME}, {file: PATH} or, in code, a function'],
    [7, 'a secret is {env: NAME}, {file: PATH} or, in code, a function'],
    ['', 'a secret is {env: NAME}, {file: PATH} or, in code, a function'],
  ])('the reference %j is one problem and names nothing else', async (token, message) => {
    const error = await errorOf(() => loaded({ token }));
    expect(isConfigError(error) && error.problems).toEqual([{ pointer: '/mounts/~1m/token', message }]);
    expect(error.message).not.toContain('host-path');
  });

  it('a problem that quotes a value never quotes a secret', async () => {
    const { definition } = remoteDefinition();
    const quoting = {
      ...definition,
      schema: {
        '~standard': {
          version: 1 as const,
          vendor: 'test',
          validate: () => ({ issues: [{ message: `what is ${canary}?`, path: ['repo'] }] }),
        },
      },
    };
    const error = await errorOf(() =>
      load(
        { mounts: { '/m': { type: 'remote', repo: 'x', token: { env: 'TOKEN' } } } },
        { backends: { remote: () => quoting }, env: { TOKEN: canary } },
      ),
    );
    expect(isConfigError(error) && error.problems).toEqual([
      { pointer: '/mounts/~1m/repo', message: 'what is [redacted]?' },
    ]);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(canary);
  });

  it('one that is missing is told once, also where the schema wants it', async () => {
    const { definition } = remoteDefinition();
    const validate = (value: object): object =>
      'token' in value ? { value } : { issues: [{ message: 'required', path: ['token'] }] };
    const demanding = {
      ...definition,
      schema: { '~standard': { version: 1, vendor: 'test', validate } },
    } as typeof definition;
    const error = await errorOf(() =>
      load(
        { mounts: { '/m': { type: 'remote', repo: 'a/b', token: { env: 'NO' } } } },
        { backends: { remote: () => demanding }, env: {} },
      ),
    );
    expect(isConfigError(error) && error.problems).toMatchObject([
      { message: 'the environment variable NO is not set' },
    ]);
  });

  it('a source with a credential in it is not repeated in a problem', async () => {
    const { definition } = remoteDefinition();
    for (const source of [`remote://user:${canary}@host/`, `https://user:${canary}@host/`, canary]) {
      const error = await errorOf(() => load(source, { backends: { remote: () => definition } }));
      expect(error.message).not.toContain(canary);
    }
  });
});

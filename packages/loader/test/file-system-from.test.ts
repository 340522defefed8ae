import { handleKey } from '@mountkit/core';
import { memory } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { fileSystemFrom, isConfigError, load } from '../src/index.ts';
import { errorOf, remoteDefinition } from './remote.ts';

describe('fileSystemFrom', () => {
  it('makes a filesystem that can be used and mounted', async () => {
    const fs = await fileSystemFrom(memory, { files: { '/a': 'hello' } });
    expect(new TextDecoder().decode(await fs.readFile('/a'))).toBe('hello');
    expect(fs[handleKey]).toMatchObject({ abi: 1 });
    const namespace = await load({ mounts: {} }, { backends: {} });
    namespace.mount('/m', fs);
    expect(new TextDecoder().decode(await namespace.readFile('/m/a'))).toBe('hello');
    await namespace.close();
    expect(await errorOf(() => fs.readFile('/a'))).toMatchObject({ code: 'EBADF' });
  });

  it('checks options as a config does, with pointers from their root', async () => {
    const { definition } = remoteDefinition();
    const error = await errorOf(() =>
      fileSystemFrom(definition, { repo: 'x', reff: 'y', token: { env: 'NO' } } as never, {
        env: {},
        timeouts: { idleMs: 0 },
      }),
    );
    expect(isConfigError(error) && error.problems).toEqual([
      { pointer: '/token', message: 'the environment variable NO is not set' },
      { pointer: '/reff', message: "unknown option 'reff'", suggestion: 'ref' },
      { pointer: '/repo', message: "a repository, 'owner/name'" },
      { pointer: '/timeouts/idleMs', message: 'at least 1 ms' },
    ]);
  });

  it('says where a setting belongs that stands among the options', async () => {
    const { definition } = remoteDefinition();
    const options = { repo: 'a/b', cache: { metadataTtlMs: 0 } };
    const error = await errorOf(() => fileSystemFrom(definition, options));
    expect(isConfigError(error) && error.problems).toEqual([
      { pointer: '/cache', message: "'cache' is a setting of the mount, not an option of its backend" },
    ]);
  });

  it('takes a credential as a text without a warning, and wraps it', async () => {
    const { definition, log } = remoteDefinition();
    const warnings: unknown[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const fs = await fileSystemFrom(definition, { repo: 'a/b', token: 'canary' });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(String(log.made[0]?.options.token)).toBe('[redacted]');
    await fs.close();
    expect(log.closed).toBe(1);
  });

  it('an option the JSON Schema leaves out is taken when the schema takes it', async () => {
    const { definition, log } = remoteDefinition();
    const client = { instance: true };
    await (await fileSystemFrom(definition, { repo: 'a/b', client })).close();
    expect(log.made[0]?.options.client).toBe(client);
  });

  it('with connect it asks at once, and closes what it made when that fails', async () => {
    const { definition, log } = remoteDefinition(() => ({
      stat: () => {
        throw new TypeError('down');
      },
    }));
    expect(await errorOf(() => fileSystemFrom(definition, { repo: 'a/b' }, { connect: true }))).toMatchObject({
      code: 'EIO',
      path: '/',
    });
    expect(log.closed).toBe(1);
  });
});

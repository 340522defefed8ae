import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace } from '../src/index.ts';
import { errorOf, observedBackend } from './observed-backend.ts';

describe('the options of a call', () => {
  const untyped = (fs: unknown): Record<string, (...inputs: unknown[]) => unknown> =>
    fs as Record<string, (...inputs: unknown[]) => unknown>;

  it.each([
    ['open', ['/a/file', 'w']],
    ['readFile', ['/a/file', 'utf8']],
    ['writeFile', ['/a/file', 'text', 'utf8']],
    ['mkdir', ['/a/new', 0o755]],
    ['readdir', ['/a', true]],
    ['watch', ['/a', 'rename']],
    ['poll', ['/a/file', 'now']],
  ] as const)('%s refuses what is no object, and asks nobody', async (name, inputs) => {
    const lower = observedBackend({ '/file': 'x' });
    const ns = createNamespace();
    ns.mount('/a', lower);
    const error = await errorOf(() => untyped(ns)[name]?.(...inputs));
    expect(error).toMatchObject({ code: 'EINVAL', op: name, path: inputs[0] });
    expect(error.message).toContain('options are an object');
    expect(lower.calls).toEqual([]);
  });

  it('of an open file are objects too', async () => {
    const file = await createFileSystem({ lower: observedBackend({ '/file': 'x' }) }).open('/file');
    const error = await errorOf(() => untyped(file)['read']?.(0, 1, 'utf8'));
    expect(error).toMatchObject({ code: 'EINVAL', op: 'read', path: '/file' });
  });
});

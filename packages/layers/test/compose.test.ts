import { isThenable } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { compose } from '../src/index.ts';

const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();

describe('compose', () => {
  it('reads through all layers, and a hit is a plain value', async () => {
    const { backend, controls } = compose(createMemoryBackend({ '/a/b': 'hello' }));
    const page = backend.list('/a', {}, {});
    expect(isThenable(page)).toBe(false);
    expect(page).toMatchObject({ entries: [{ path: 'b', size: 5 }] });
    const first = backend.read('/a/b', {}, {});
    expect(first).toMatchObject({ start: 0 });
    const second: unknown = backend.read('/a/b', { offset: 1, length: 3 }, {});
    expect(isThenable(second)).toBe(false);
    if ('body' in (second as object)) expect(text((second as { body: readonly Uint8Array[] }).body)).toBe('ell');
    expect(controls.traffic()).toMatchObject({ hits: 1, misses: 2 });
    expect(controls.peek?.('/a/b')).toMatchObject({ size: 5, path: '' });
  });
});

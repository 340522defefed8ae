import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { copyBytes, FsError, lazyFile, type LazyFile } from '../src/index.ts';

const load = async (file: LazyFile): Promise<string> => Buffer.from(copyBytes(await file.load({}))).toString('latin1');

describe('a lazy file', () => {
  it('is read once, also by readers at the same time', async () => {
    let calls = 0;
    const file = lazyFile({ read: async () => `content ${(calls += 1)}` });
    expect(await Promise.all([load(file), load(file)])).toEqual(['content 1', 'content 1']);
    expect(await load(file)).toBe('content 1');
    expect(calls).toBe(1);
  });

  it('answers with a plain value once it has been read', async () => {
    const file = lazyFile({ read: async () => 'x' });
    await file.load({});
    expect(file.load({})).toBe(file.loaded);
  });

  it('does not keep a failure', async () => {
    let calls = 0;
    const file = lazyFile({
      read: () => {
        calls += 1;
        if (calls === 1) throw new Error('secret text of the origin');
        return 'there';
      },
    });
    expect(() => file.load({})).toThrow(
      new FsError('EIO', { op: 'read', detail: 'the lazy file could not be read' }).message,
    );
    expect(await load(file)).toBe('there');
  });

  it('keeps every byte as it is', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const file = lazyFile({
      async *read() {
        yield bytes.subarray(0, 100);
        yield bytes.subarray(100);
      },
    });
    expect(copyBytes(await file.load({}))).toEqual(bytes);
  });

  it('keeps a copy: what its function does to the buffer later changes nothing', async () => {
    const buffer = Uint8Array.of(1, 2, 3);
    const file = lazyFile({ read: () => buffer });
    await file.load({});
    buffer.fill(9);
    expect(copyBytes(await file.load({}))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each([
    ['shorter', 'ab'],
    ['longer', 'abcd'],
  ])('refuses content %s than declared', (_, content) => {
    expect(() => lazyFile({ size: 3, read: () => content }).load({})).toThrow(
      expect.objectContaining({ code: 'EIO', reason: 'integrity' }),
    );
  });

  it('stops an endless stream one chunk behind the declared size', async () => {
    let chunks = 0;
    const file = lazyFile({
      size: 10,
      async *read() {
        for (;;) {
          chunks += 1;
          yield new Uint8Array(4);
        }
      },
    });
    await expect(file.load({})).rejects.toMatchObject({ code: 'EIO', reason: 'integrity' });
    expect(chunks).toBe(3);
  });

  it('takes bytes of another realm', () => {
    const bytes = vm.runInNewContext('new Uint8Array([1, 2, 3])') as Uint8Array;
    expect(lazyFile({ read: () => bytes }).load({})).toEqual([new Uint8Array([1, 2, 3])]);
  });

  it('tells its function when nobody waits any more', async () => {
    const leaving = new AbortController();
    let inner: AbortSignal | undefined;
    const file = lazyFile({ read: (_range, { signal }) => ((inner = signal), new Promise<string>(() => undefined)) });
    const pending = file.load({ signal: leaving.signal });
    leaving.abort();
    await expect(pending).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(inner?.aborted).toBe(true);
  });
});

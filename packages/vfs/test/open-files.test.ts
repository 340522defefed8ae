import { type Bytes, FsError, lazyFile, type ReadAnswer } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, readText } from '../src/index.ts';
import { codeOf, deferred, errorOf, observedBackend, withoutVersion } from './observed-backend.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const big = (size: number, seed = 7): Uint8Array =>
  Uint8Array.from({ length: size }, (_, index) => (index * seed) % 251);

function streamed(answer: ReadAnswer, chunk: number, onReturn: () => void = () => undefined): ReadAnswer {
  const whole = new Uint8Array(Buffer.concat([...(answer.body as Bytes)]));
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < whole.length; at += chunk) yield whole.subarray(at, at + chunk);
    } finally {
      onReturn();
    }
  }
  return { ...answer, body: body() };
}

describe('opening a file', () => {
  it('costs one read, and a small file no other', async () => {
    const lower = observedBackend({ '/file': 'content' });
    const fs = createFileSystem({ lower });
    const file = await fs.open('/file');
    expect(text(await file.read(0, 100))).toBe('content');
    expect(text(await file.read(3, 2))).toBe('te');
    expect((await file.stat()).size).toBe(7);
    expect(lower.calls).toEqual(['read /file 0+65536']);
  });

  it('asks for the rest of a longer file with the pin of the first answer', async () => {
    const content = big(100_000);
    const lower = observedBackend({ '/file': content });
    const file = await createFileSystem({ lower }).open('/file');
    expect(await file.read(65_000, 1000)).toEqual(content.slice(65_000, 66_000));
    expect(await file.read(99_990, 100)).toEqual(content.slice(99_990));
    expect(await file.read(100_000, 100)).toHaveLength(0);
    expect(lower.calls).toEqual(['read /file 0+65536', 'read /file 65536+464!', 'read /file 99990+10!']);
  });

  it('costs nothing more than one read for readFile', async () => {
    const content = big(300_000);
    const lower = observedBackend({ '/file': content });
    const fs = createFileSystem({ lower });
    expect(await fs.readFile('/file')).toEqual(content);
    expect(lower.calls).toEqual(['read /file']);
  });

  it('reads a file anew, once, that changed while it was read whole', async () => {
    let stale = 1;
    const lower = observedBackend(
      { '/file': 'content' },
      {
        before: () => {
          stale -= 1;
          if (stale >= 0) throw new FsError('ESTALE', { op: 'read' });
        },
      },
    );
    const fs = createFileSystem({ lower });
    expect(await readText(fs, '/file')).toBe('content');
    expect(fs.health().ok).toBe(true);
    stale = 2;
    expect(await codeOf(() => fs.readFile('/file'))).toBe('ESTALE');
    expect(fs.health().ok).toBe(false);
  });

  it('says what cannot be read as a file', async () => {
    const ns = createNamespace();
    ns.mount('/mnt/deep', createMemoryBackend({ '/dir/file': 'x' }));
    for (const path of ['/', '/mnt', '/mnt/deep', '/mnt/deep/dir']) {
      expect(await codeOf(() => ns.open(path))).toBe('EISDIR');
      expect(await codeOf(() => ns.readFile(path))).toBe('EISDIR');
    }
    expect(await codeOf(() => ns.open('/mnt/deep/none'))).toBe('ENOENT');
    expect(await codeOf(() => ns.open('/mnt/deep/dir/file/below'))).toBe('ENOTDIR');
    expect(await codeOf(() => ns.open('/nothing'))).toBe('ENOENT');
  });

  it('refuses offsets that are none, and every call after close', async () => {
    const file = await createFileSystem({ lower: createMemoryBackend({ '/file': 'x' }) }).open('/file');
    for (const [offset, length] of [
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [Number.NaN, 1],
    ] as const) {
      expect(await codeOf(() => file.read(offset, length))).toBe('EINVAL');
    }
    expect(await codeOf(() => file.write(0, new Uint8Array(1)))).toBe('EBADF');
    await file.close();
    await file.close();
    for (const call of [
      () => file.read(0, 1),
      () => file.stat(),
      () => file.readInto(new Uint8Array(1), 0),
      () => file.sync(),
    ]) {
      expect(await codeOf(call)).toBe('EBADF');
    }
  });

  it('hands out an array of readFile that the caller may write into', async () => {
    const fs = createFileSystem({ lower: createMemoryBackend({ '/file': 'content' }) });
    (await fs.readFile('/file')).fill(0);
    expect(await readText(fs, '/file')).toBe('content');
  });

  it('reads a lazy file once, also for two readers at once, byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const gate = deferred();
    let reads = 0;
    const file = lazyFile({
      read: async () => {
        reads += 1;
        await gate.promise;
        return bytes;
      },
    });
    const fs = createFileSystem({ lower: createMemoryBackend({ '/lazy': file }) });
    expect((await fs.readdir('/')).map(({ name }) => name)).toEqual(['lazy']);
    expect((await fs.stat('/lazy')).sizeKind).toBe('unknown');
    expect(reads).toBe(0);
    const both = [fs.readFile('/lazy'), fs.readFile('/lazy')];
    gate.resolve();
    expect(await Promise.all(both)).toEqual([bytes, bytes]);
    const opened = await fs.open('/lazy');
    expect((await opened.stat()).size).toBe(256);
    expect(reads).toBe(1);
  });
});

describe('an open file', () => {
  it('never mixes two versions: the next read of a changed file is ESTALE', async () => {
    const lower = createMemoryBackend({ '/file': big(200_000) });
    const file = await createFileSystem({ lower }).open('/file');
    await file.read(0, 10);
    lower.set('/file', big(200_000, 11));
    expect(await file.read(10, 10)).toEqual(big(200_000).slice(10, 20));
    expect(await errorOf(() => file.read(100_000, 10))).toMatchObject({ code: 'ESTALE', path: '/file', op: 'read' });
  });

  it('is opened anew, once, when the file changed before any byte was handed out', async () => {
    const lower = createMemoryBackend({ '/file': big(200_000) });
    const fs = createFileSystem({ lower });
    const file = await fs.open('/file');
    lower.set('/file', big(150_000, 11));
    expect(await file.read(100_000, 10)).toEqual(big(150_000, 11).slice(100_000, 100_010));
    expect((await file.stat()).size).toBe(150_000);
    lower.set('/file', big(150_000, 13));
    expect(await codeOf(() => file.read(110_000, 10))).toBe('ESTALE');
    expect(fs.health()).toMatchObject({ ok: false, mounts: [{ errors: [{ error: { code: 'ESTALE' } }] }] });
  });

  it('is opened anew for several readers at once without ever handing out both versions', async () => {
    const lower = observedBackend({ '/file': big(200_000) });
    const file = await createFileSystem({ lower }).open('/file');
    lower.memory.set('/file', big(200_000, 11));
    const pieces = await Promise.all([70_000, 90_000, 110_000].map(async (at) => file.read(at, 10)));
    expect(pieces).toEqual([70_000, 90_000, 110_000].map((at) => big(200_000, 11).slice(at, at + 10)));
    expect(lower.calls.filter((call) => call === 'read /file 0+65536')).toHaveLength(2);
  });

  it('is not opened anew for a reader who was handed bytes, nor twice, and not for ever', async () => {
    const lower = observedBackend({ '/file': big(200_000) });
    const file = await createFileSystem({ lower }).open('/file');
    await file.read(0, 1);
    lower.memory.set('/file', big(200_000, 11));
    expect(await codeOf(() => file.read(100_000, 1))).toBe('ESTALE');
    expect(lower.calls).toEqual(['read /file 0+65536', 'read /file 100000+1!']);

    const flipping = observedBackend({ '/file': big(200_000) });
    const never = await createFileSystem({
      lower: {
        ...flipping,
        read: (path, request, context) => {
          flipping.memory.set('/file', big(200_000));
          return flipping.read(path, request, context);
        },
      },
    }).open('/file');
    expect(await codeOf(() => never.read(100_000, 1))).toBe('ESTALE');
    expect(flipping.calls).toHaveLength(4);
  });

  it('goes on for a reader whose answer comes after another one opened it anew', async () => {
    const gate = deferred();
    let gated = true;
    const lower = observedBackend(
      { '/file': big(200_000) },
      {
        before: (_verb, path) => {
          const wait = gated && lower.calls.at(-1) === `read ${path} 100000+5!`;
          return wait ? gate.promise : undefined;
        },
      },
    );
    const file = await createFileSystem({ lower }).open('/file');
    lower.memory.set('/file', big(200_000, 11));
    const late = file.read(100_000, 5);
    gated = false;
    expect(await file.read(150_000, 5)).toEqual(big(200_000, 11).slice(150_000, 150_005));
    gate.resolve();
    expect(await late).toEqual(big(200_000, 11).slice(100_000, 100_005));
  });

  it('takes no bytes of another version from a server that ignores the pin', async () => {
    const lower = observedBackend({ '/file': big(200_000) });
    const ignoring = {
      ...lower,
      read: (path: string, { pin: _pin, ...request }, context) => lower.read(path, request, context),
    } as typeof lower;
    const file = await createFileSystem({ lower: ignoring }).open('/file');
    await file.read(0, 1);
    lower.memory.set('/file', big(200_000, 11));
    expect(await codeOf(() => file.read(100_000, 1))).toBe('ESTALE');
  });

  it('survives unmount and replacement until it is closed', async () => {
    const lower = observedBackend({ '/file': big(100_000) });
    const ns = createNamespace();
    ns.mount('/data', lower);
    const file = await ns.open('/data/file');
    let drained = false;
    const gone = Promise.resolve(ns.unmount('/data')).then(() => {
      drained = true;
    });
    expect(await codeOf(() => ns.stat('/data/file'))).toBe('ENOENT');
    expect(await file.read(90_000, 10)).toEqual(big(100_000).slice(90_000, 90_010));
    expect([drained, lower.closed]).toEqual([false, 0]);
    await file.close();
    await gone;
    expect(lower.closed).toBe(1);
  });

  it('without a version is held whole', async () => {
    const lower = observedBackend(
      { '/file': big(100_000) },
      { capabilities: { versions: 'none' }, entry: withoutVersion },
    );
    const file = await createFileSystem({ lower }).open('/file');
    lower.memory.set('/file', big(100_000, 11));
    expect(await file.read(0, 100_000)).toEqual(big(100_000));
    expect(lower.calls).toEqual(['read /file 0+65536', 'read /file']);
    expect((await file.stat()).version).toBeUndefined();
  });

  it('without a version and too long to be held is pinned to its size and time', async () => {
    const size = 33 * 2 ** 20;
    const first = new Uint8Array(size).fill(1);
    const lower = observedBackend(
      { '/file': { content: first, mtimeNs: 1n } },
      { capabilities: { versions: 'none' }, entry: withoutVersion },
    );
    const file = await createFileSystem({ lower }).open('/file');
    expect((await file.stat()).version).toMatchObject({ strength: 'heuristic' });
    expect(await file.read(size - 4, 100)).toEqual(first.slice(-4));
    expect(lower.calls).toEqual(['read /file 0+65536', `read /file ${size - 4}+4`]);
    lower.memory.set('/file', { content: first, mtimeNs: 2n });
    expect(await codeOf(() => file.read(size - 4, 4))).toBe('ESTALE');
  });

  it('of a backend without ranges is read whole once', async () => {
    const lower = observedBackend(
      { '/file': big(200_000) },
      { capabilities: { ranges: false }, answer: (answer) => streamed(answer, 1000) },
    );
    const file = await createFileSystem({ lower }).open('/file');
    expect(await file.read(0, 10)).toEqual(big(200_000).slice(0, 10));
    expect(await file.read(150_000, 10)).toEqual(big(200_000).slice(150_000, 150_010));
    expect(lower.calls).toEqual(['read /file']);
  });

  it('takes from an answer that covers more only what was asked', async () => {
    const content = big(200_000);
    const lower = observedBackend(
      { '/file': content },
      {
        answer: (answer) => ({
          entry: answer.entry,
          start: 0,
          body: [content.subarray(0, 90_000), content.subarray(90_000)],
        }),
      },
    );
    const file = await createFileSystem({ lower }).open('/file');
    expect(await file.read(80_000, 20_000)).toEqual(content.slice(80_000, 100_000));
    expect(await file.readViews(89_999, 2)).toHaveLength(2);
  });

  it('lets go of a stream that has more than was asked', async () => {
    let returned = 0;
    const lower = observedBackend(
      { '/file': big(100_000) },
      { answer: (answer) => streamed({ ...answer, start: 0, body: [big(100_000)] }, 4096, () => (returned += 1)) },
    );
    const file = await createFileSystem({ lower }).open('/file');
    expect(await file.read(10, 5)).toEqual(big(100_000).slice(10, 15));
    expect(returned).toBe(1);
  });

  it('refuses an answer that is shorter, longer or later than it says', async () => {
    const wrong: [string, (answer: ReadAnswer) => ReadAnswer][] = [
      ['shorter', (answer) => ({ ...answer, body: [big(9)] })],
      ['longer', (answer) => ({ ...answer, body: [big(11)] })],
      ['late', (answer) => ({ ...answer, start: 2, body: [big(8)] })],
      ['cut stream', (answer) => streamed({ ...answer, body: [big(9)] }, 2)],
      ['long stream', (answer) => streamed({ ...answer, body: [big(12)] }, 5)],
    ];
    for (const [name, answer] of wrong) {
      const fs = createFileSystem({ lower: observedBackend({ '/file': big(10) }, { answer }) });
      expect([name, await errorOf(() => fs.readFile('/file'))]).toMatchObject([
        name,
        { code: 'EIO', reason: 'integrity' },
      ]);
      expect([name, await codeOf(() => fs.open('/file'))]).toEqual([name, 'EIO']);
      expect(fs.health().ok).toBe(false);
    }
  });

  it('ends a read whose stream hangs when the caller gives up, and lets go of the stream', async () => {
    const never = deferred();
    const started = deferred();
    const lower = observedBackend(
      { '/file': big(10) },
      {
        answer: (answer) => ({
          ...answer,
          body: (async function* () {
            started.resolve();
            await never.promise;
            yield big(10);
          })(),
        }),
      },
    );
    const stop = new AbortController();
    const reading = errorOf(() => createFileSystem({ lower }).readFile('/file', { signal: stop.signal }));
    await started.promise;
    stop.abort();
    expect(await reading).toMatchObject({ code: 'ECANCELED', path: '/file' });
  });

  it('passes on what the backend says, at the path that was asked for', async () => {
    const outage = new FsError('EIO', { op: 'read', path: '/inner', reason: 'unavailable' });
    const lower = observedBackend(
      { '/file': 'x' },
      {
        before: () => {
          throw outage;
        },
      },
    );
    const ns = createNamespace();
    ns.mount('/mnt', lower);
    expect(await errorOf(() => ns.readFile('/mnt/file'))).toMatchObject({
      code: 'EIO',
      reason: 'unavailable',
      path: '/mnt/file',
      op: 'readFile',
    });
  });
});

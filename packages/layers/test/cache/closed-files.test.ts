import { type Entry, isThenable } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { patternBytes } from './latency-backend.ts';
import { bytesOf, listedOrigin } from './listed-origin.ts';

describe('a file that nobody has open any more', () => {
  it('is not read ahead any further', async () => {
    const bytes = patternBytes(40_000_000);
    const { origin, backend, controls, settle, clock } = await listedOrigin({ '/big': bytes }, { concurrency: 2 });
    const entry = (await backend.stat('/big', {}, {})) as Entry;
    const close = controls.opened?.('/big', entry);
    await settle(bytesOf(backend.read('/big', { offset: 0, length: 4_000_000 }, {})));
    expect(origin.atOnce).toBe(1);
    close?.();
    const begun = origin.calls.length;
    await clock.advance(10_000);
    expect([origin.atOnce, origin.calls.length]).toEqual([0, begun]);
    expect(origin.movedBytes).toBeLessThan(bytes.byteLength / 2);
  });

  it('costs nothing once its pages have gone, however many such files were read without being opened', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`/f${index}`, new Uint8Array(70_000)]),
    );
    const { backend, settle } = await listedOrigin(files, { cache: { memoryBytes: 2 ** 20, amplification: 0 } });
    const paths = Object.keys(files);
    for (const path of paths) await settle(backend.read(path, { offset: 0, length: 10 }, {}));
    // Fifteen pages fit, and what is around them.
    const newest = paths.slice(-14);
    expect(newest.filter((path) => isThenable(backend.read(path, { offset: 0, length: 10 }, {})))).toEqual([]);
  });
});

import type { Namespace } from '@mountkit/core';
import { compose, createTrafficMeter } from '@mountkit/layers';
import { createMemoryBackend } from '@mountkit/memory';
import { createFileSystem, createNamespace } from '@mountkit/vfs';
import { describe, expect, it } from 'vitest';
import { mountkitBash } from '../src/index.ts';
import { countCalls, type CountingBackend } from './counting-backend.ts';

// Turns of the event loop stand for a round trip: what counts is how many of them a command waits for, one after the other.
const turns = 20;

interface Origin {
  readonly backend: CountingBackend;
  readonly namespace: Namespace;
  /** Most calls under way at a time. */
  readonly atOnce: () => number;
  /** Times at which calls were begun, in round trips from the first one. */
  readonly waves: () => number;
}

function remoteTree(): Origin {
  const files: Record<string, string> = {};
  for (let index = 0; index < 100; index += 1) files[`/d${index % 10}/f${index}`] = `${index}\nneedle\n`;
  let atOnce = 0;
  let most = 0;
  let finished = 0;
  let waves = 0;
  let finishedAtWave = -1;
  const backend = countCalls(createMemoryBackend(files), async () => {
    // A call that begins after others have ended waited for one of them.
    if (finished > finishedAtWave) {
      waves += 1;
      finishedAtWave = finished + atOnce;
    }
    atOnce += 1;
    most = Math.max(most, atOnce);
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    atOnce -= 1;
    finished += 1;
  });
  const { backend: lower, controls } = compose(backend, { traffic: createTrafficMeter(), concurrency: 16 });
  const namespace = createNamespace();
  namespace.mount('/w', createFileSystem({ lower, controls }));
  return { backend, namespace, atOnce: () => most, waves: () => waves };
}

async function serialGrep(namespace: Namespace, directory: string): Promise<number> {
  let found = 0;
  for (const { name, type } of await namespace.readdir(directory)) {
    const path = `${directory}/${name}`;
    if (type === 'directory') found += await serialGrep(namespace, path);
    if (type !== 'file') continue;
    const file = await namespace.open(path);
    const bytes = await file.read(0, 65_536);
    await file.close();
    if (Buffer.from(bytes).includes('needle')) found += 1;
  }
  return found;
}

describe('100 files in 10 directories of a remote', () => {
  it('a serial walk that opens and reads each file asks for each once, many at a time, and a second one for nothing', async () => {
    const { backend, namespace, atOnce, waves } = remoteTree();
    expect(await serialGrep(namespace, '/w')).toBe(100);
    expect(backend.take('list')).toBe(11);
    expect(backend.take('read')).toBe(100);
    expect(backend.take('stat')).toBeLessThanOrEqual(1);
    expect(atOnce()).toBeGreaterThanOrEqual(8);
    expect(atOnce()).toBeLessThanOrEqual(16);
    // One after the other it would be 111.
    expect(waves()).toBeLessThanOrEqual(20);
    expect(await serialGrep(namespace, '/w')).toBe(100);
    expect(backend.calls).toHaveLength(111);
    await namespace.close();
  });

  it.each(['grep -r needle /w/d*', 'cat /w/d*/*', 'cp -r /w /tmp/w', 'find /w -type f', 'rg needle /w'])(
    '%s asks for no file twice, and again for nothing',
    async (script) => {
      const { backend, namespace, atOnce } = remoteTree();
      const shell = mountkitBash({ namespace });
      const first = await shell.exec(script);
      expect(first.exitCode).toBe(0);
      const calls = [...backend.calls];
      const reads = calls.filter((call) => call.startsWith('read '));
      expect(new Set(reads).size).toBe(reads.length);
      expect(atOnce()).toBeLessThanOrEqual(16);
      await shell.exec(script);
      expect(backend.calls).toEqual(calls);
      await namespace.close();
    },
  );

  it('ten equal reads at once are one request', async () => {
    const { backend, namespace } = remoteTree();
    await Promise.all(Array.from({ length: 10 }, () => namespace.readFile('/w/d3/f3')));
    expect(backend.take('read')).toBe(1);
    await namespace.close();
  });
});

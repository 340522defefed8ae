import { createHash } from 'node:crypto';
import { generate } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { stillContext } from './bulk-context.ts';
import { readAll } from './harness.ts';
import { serve } from './served.ts';

const large = createHash('shake256', { outputLength: 400_000 }).update('what does not compress').digest();
const names = ['large-0', 'large-1', 'large-2'];

const served = serve(
  () =>
    generate(async (into) => {
      const changes = names.map((path, at) => ({ path, mode: '100644' as const, content: large.subarray(at) }));
      await into.commit({ ref: 'refs/heads/main', message: 'large\n', changes });
    }),
  { name: 'acme/slow' },
);

describe('a file on its way', () => {
  it.each(['rest', 'git'] as const)(
    'is heard of as it comes, by everybody who waits for it (%s)',
    async (transport) => {
      const { backend } = served.open({ transport }, stillContext());
      await backend.stat('/', {}, {});
      const heard = [0, 0];
      const readers = heard.map(async (_, reader) => {
        const call = { heard: (bytes: number) => void (heard[reader] = (heard[reader] ?? 0) + bytes) };
        await backend.read('/large-0', {}, call);
      });
      await Promise.all(readers);
      expect(served.server.stats().requests).toBeLessThanOrEqual(3);
      for (const bytes of heard) expect(bytes).toBeGreaterThanOrEqual(large.length);
    },
  );

  it('is heard of by its first reader, who asks for it before the tree has come', async () => {
    const { backend } = served.open({}, stillContext());
    let heard = 0;
    await backend.read('/large-1', {}, { heard: (bytes) => void (heard += bytes) });
    expect(heard).toBeGreaterThan(large.length);
    expect((await readAll(backend, '/large-1')).equals(large.subarray(1))).toBe(true);
  });

  it('is heard of where many are read', async () => {
    const { backend } = served.open({ bulkBytes: 0 }, stillContext());
    let heard = 0;
    const wanted = names.map((name) => ({ path: `/${name}` }));
    for await (const answer of backend.readMany?.(wanted, { heard: (bytes) => void (heard += bytes) }) ?? [])
      expect('body' in answer).toBe(true);
    expect(heard).toBeGreaterThan(2 * large.length);
  });
});

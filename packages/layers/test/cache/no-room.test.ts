import { describe, expect, it } from 'vitest';
import { errorOf } from '../scripted-backend.ts';
import { patternBytes } from './latency-backend.ts';
import { bytesOf, listedOrigin, type ListedOrigin } from './listed-origin.ts';

const pin = { token: 'v1', strength: 'strong' } as const;

describe('a read that finds no room', () => {
  /** Two at once where there is room for the pages of one. */
  function two({ backend }: ListedOrigin): Promise<Buffer>[] {
    return [131_072, 200_000].map((offset) => bytesOf(backend.read('/f', { offset, length: 65_536, pin }, {})));
  }
  // Not before it has answered with a range is an origin asked for two at once.
  async function origin(): Promise<ListedOrigin> {
    const made = await listedOrigin({ '/f': bytes }, memory);
    await made.settle(made.backend.read('/f', { offset: 0, length: 10, pin }, {}));
    made.origin.calls.length = 0;
    return made;
  }
  const memory = { cache: { memoryBytes: 140_000, amplification: 0 } };
  const bytes = patternBytes(400_000);

  it('goes around the cache, for the bytes that were asked for and no more', async () => {
    const made = await origin();
    const [first, second] = await made.settle(Promise.all(two(made)));
    expect(first?.equals(bytes.subarray(131_072, 196_608))).toBe(true);
    expect(second?.equals(bytes.subarray(200_000, 265_536))).toBe(true);
    expect(made.origin.calls).toEqual(['read /f 131072+65536', 'read /f 200000+65536']);
    const { content } = made.controls.traffic();
    expect(content?.heldBytes).toBeLessThanOrEqual(140_000);
    expect(content?.inFlightBytes).toBe(0);
  });

  it('is of the pinned version or fails: nobody gets a part of another', async () => {
    const made = await origin();
    made.origin.files.set('/f', { bytes: patternBytes(400_000, 7), token: 'v2' });
    const errors = await made.settle(Promise.all(two(made).map((reading) => errorOf(() => reading))));
    expect(made.origin.calls).toEqual(['read /f 131072+65536', 'read /f 200000+65536']);
    expect(errors).toMatchObject([{ code: 'ESTALE' }, { code: 'ESTALE' }]);
  });
});

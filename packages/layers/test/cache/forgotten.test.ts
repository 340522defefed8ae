import { describe, expect, it } from 'vitest';
import { compose } from '../../src/index.ts';
import { createVirtualClock } from '../virtual-clock.ts';
import type { ReadAnswer } from '@mountkit/core';
import { latencyBackend, patternBytes } from './latency-backend.ts';

describe('a file that is forgotten while it is read', () => {
  it.each(['forgotten', 'replaced by a newer version'])(
    'goes on in its version when it is %s between two steps',
    async (how) => {
      const clock = createVirtualClock();
      const whole = patternBytes(9_000_000);
      const origin = latencyBackend({ '/f': whole }, clock, 5);
      const { backend, controls } = compose(origin, { clock });
      const listed = backend.list('/', {}, {});
      await clock.advance(5);
      await listed;
      const answer = backend.read('/f', {}, {});
      await clock.advance(1000);
      const { body } = (await answer) as ReadAnswer;
      const pieces: Uint8Array[] = [];
      let ended = false;
      const reading = (async () => {
        for await (const piece of body) {
          if (pieces.length === 0) {
            controls.invalidate?.('/f');
            if (how !== 'forgotten') {
              origin.files.set('/f', { bytes: whole, token: 'v2' });
              await backend.stat('/f', {}, {});
              await backend.read('/f', { offset: 0, length: 10 }, {});
              origin.files.set('/f', { bytes: whole, token: 'v1' });
            }
          }
          pieces.push(piece);
        }
        ended = true;
      })();
      await clock.advance(10_000);
      expect(ended).toBe(true);
      await reading;
      expect(Buffer.concat(pieces).equals(whole)).toBe(true);
      expect(controls.traffic().content?.inFlightBytes).toBe(0);
    },
  );
});

it('a file that loses its last page for the room of its own next request is still read', async () => {
  const clock = createVirtualClock();
  const files = { '/f': patternBytes(900_000), '/g': patternBytes(400_000, 1) };
  const { backend, controls } = compose(latencyBackend(files, clock, 50), { clock, cache: { memoryBytes: 2 ** 20 } });
  const after = async <T>(call: T | PromiseLike<T>): Promise<T> => {
    await clock.advance(1000);
    return call;
  };
  await after(backend.list('/', {}, {}));
  await after(controls.prefetch?.([{ path: '/f', ranges: [{ start: 0, end: 65_536 }] }], {}));
  await after(controls.prefetch?.(['/g'], {}));
  await controls.prefetch?.(['/f'], {});
  let body: ReadAnswer['body'] = [];
  const reading = Promise.resolve(backend.read('/f', { offset: 500_000, length: 10 }, {})).then((answer) => {
    ({ body } = answer as ReadAnswer);
  });
  await clock.advance(10_000);
  expect(body).toEqual([files['/f'].slice(500_000, 500_010)]);
  await reading;
});

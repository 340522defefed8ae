import { isThenable } from '@mountkit/core';
import { expect, it } from 'vitest';
import { patternBytes } from './latency-backend.ts';
import { bytesOf, listedOrigin } from './listed-origin.ts';

it('a file that is read from end to end does not push out what was there before: what it has left behind goes first', async () => {
  const mib = 1024 * 1024;
  const small = patternBytes(mib, 1);
  const big = patternBytes(40 * mib, 2);
  const { origin, backend, controls, settle } = await listedOrigin(
    { '/big': big, '/small': small },
    { cache: { memoryBytes: 16 * mib } },
  );
  await settle(bytesOf(backend.read('/small', {}, {})));
  for (let at = 0; at < big.byteLength; at += mib) {
    const bytes = await settle(bytesOf(backend.read('/big', { offset: at, length: mib }, {})));
    expect(bytes.equals(big.subarray(at, at + mib))).toBe(true);
    const { heldBytes = 0, inFlightBytes = 0 } = controls.traffic().content ?? {};
    expect(heldBytes + inFlightBytes).toBeLessThanOrEqual(16 * mib);
  }
  expect(origin.movedBytes).toBe(41 * mib);
  expect(isThenable(backend.read('/small', {}, {}))).toBe(false);
});

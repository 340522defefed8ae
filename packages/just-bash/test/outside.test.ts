import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { captureOutside } from '../src/outside.ts';

describe('an operation outside of the script', () => {
  it('that waited lets all connections whose answers came with its own ask for more before the script goes on', async () => {
    const outside = captureOutside();
    const log: string[] = [];
    const connection = async (name: string): Promise<void> => {
      await setImmediate();
      log.push(`${name} asks`);
    };
    const asked: Promise<void>[] = [];
    const work = async (name: string): Promise<void> => {
      await outside(async () => {
        await sleep(5);
        asked.push(connection(name));
      });
      log.push(`${name} is worked on`);
    };
    await Promise.all([work('a'), work('b')]);
    await Promise.all(asked);
    expect(log).toEqual(['a asks', 'b asks', 'a is worked on', 'b is worked on']);
  });
});

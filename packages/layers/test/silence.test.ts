import { describe, expect, it } from 'vitest';
import { createSilenceWatch } from '../src/silence.ts';
import { createVirtualClock, settled } from './virtual-clock.ts';

describe('a watch over silence', () => {
  it('tells each wait when its own time has passed, and only once', async () => {
    const clock = createVirtualClock();
    const watch = createSilenceWatch(clock, 100);
    const told: string[] = [];
    watch.start(() => told.push('first'));
    await clock.advance(60);
    watch.start(() => told.push('second'));
    await clock.advance(39);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['first']);
    await clock.advance(60);
    expect(told).toEqual(['first', 'second']);
    await clock.advance(1000);
    expect(told).toEqual(['first', 'second']);
  });

  it('tells a wait that began after the one its timer was made for has ended', async () => {
    const clock = createVirtualClock();
    const watch = createSilenceWatch(clock, 100);
    const told: string[] = [];
    const end = watch.start(() => told.push('first'));
    await clock.advance(50);
    watch.start(() => told.push('second'));
    end();
    await clock.advance(99);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['second']);
  });

  it('runs one timer for many waits, and none for no wait', async () => {
    const clock = createVirtualClock();
    const watch = createSilenceWatch(clock, 100);
    const ends = Array.from({ length: 50 }, () => watch.start(() => undefined));
    await settled();
    expect(clock.sleepers).toBe(1);
    for (const end of ends) end();
    await settled();
    expect(clock.sleepers).toBe(0);
    // Ended twice, it ends nothing else.
    const other = watch.start(() => undefined);
    ends[0]?.();
    expect(clock.sleepers).toBe(1);
    other();
    expect(clock.sleepers).toBe(0);
  });

  it('keeps its timer between waits while it is held, and no longer', async () => {
    const clock = createVirtualClock();
    const watch = createSilenceWatch(clock, 100);
    const told: string[] = [];
    const release = watch.hold();
    expect(clock.sleepers).toBe(0);
    for (let piece = 0; piece < 5; piece += 1) {
      const end = watch.start(() => told.push('never'));
      await clock.advance(30);
      end();
      expect(clock.sleepers).toBe(1);
    }
    expect(clock.asked).toEqual([100, 90]);
    watch.start(() => told.push('last'));
    await clock.advance(99);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['last']);
    watch.start(() => undefined)();
    expect(clock.sleepers).toBe(1);
    release();
    release();
    await settled();
    expect(clock.sleepers).toBe(0);
  });

  it('takes waits that a wait begins when it is told', async () => {
    const clock = createVirtualClock();
    const watch = createSilenceWatch(clock, 100);
    const told: number[] = [];
    watch.start(() => {
      told.push(1);
      watch.start(() => told.push(2));
    });
    await clock.advance(100);
    expect(told).toEqual([1]);
    await clock.advance(100);
    expect(told).toEqual([1, 2]);
    expect(clock.sleepers).toBe(0);
  });
});

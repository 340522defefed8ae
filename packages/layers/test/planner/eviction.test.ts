import { describe, expect, it } from 'vitest';
import { createPlanner } from '../../src/planner/index.ts';
import { pageBytes } from '../../src/planner/options.ts';

describe('a page that is evicted while the rest of its fetch is under way', () => {
  it('is not present, and is fetched again for the next read, once', () => {
    const planner = createPlanner({ amplification: 0 });
    planner.opened('/f', 4 * pageBytes, 0);
    const [fetch] = planner.read('/f', { start: 0, end: 4 * pageBytes }, 0).fetches;
    const id = fetch?.id ?? 0;
    planner.progress(id, pageBytes, 1);
    planner.evicted('/f', { start: 0, end: pageBytes });
    planner.progress(id, 2 * pageBytes, 2);
    const again = planner.read('/f', { start: 0, end: pageBytes }, 3);
    expect(again.fetches).toMatchObject([{ range: { start: 0, end: pageBytes } }]);
    planner.done(id, 4);
    expect(planner.read('/f', { start: 0, end: 10 }, 5)).toMatchObject({ fetches: [], read: expect.any(Number) });
    expect(planner.read('/f', { start: pageBytes, end: 4 * pageBytes }, 6).read).toBeUndefined();
  });
});

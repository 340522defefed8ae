/** Points spent within the last minute. */
export interface PointWindow {
  spend(points: number, nowMs: number): void;
  /** When so many more points may be spent, in milliseconds since the epoch; not later than `nowMs` where they may be now, Infinity where they never may. */
  freeAtMs(points: number, nowMs: number): number;
}

const minuteMs = 60_000;

/** A sliding window: in no minute, wherever it begins, more than `pointsPerMinute` are spent. */
export function createPointWindow(pointsPerMinute: number): PointWindow {
  let spent: { readonly atMs: number; readonly points: number }[] = [];
  let total = 0;

  function expire(nowMs: number): void {
    let gone = 0;
    for (const { atMs, points } of spent) {
      if (atMs + minuteMs > nowMs) break;
      gone += 1;
      total -= points;
    }
    if (gone > 0) spent = spent.slice(gone);
  }

  return {
    spend(points, nowMs) {
      expire(nowMs);
      spent.push({ atMs: nowMs, points });
      total += points;
    },
    freeAtMs(points, nowMs) {
      expire(nowMs);
      // A queue may be longer than a whole window: each full one costs a minute more.
      const rounds = Math.max(0, Math.ceil(points / pointsPerMinute) - 1);
      let missing = total + points - rounds * pointsPerMinute - pointsPerMinute;
      if (missing <= 0) return nowMs + rounds * minuteMs;
      for (const each of spent) {
        missing -= each.points;
        if (missing <= 0) return each.atMs + (rounds + 1) * minuteMs;
      }
      return nowMs + (rounds + 1) * minuteMs;
    },
  };
}

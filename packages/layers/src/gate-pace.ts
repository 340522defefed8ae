/** How fast points are spent. */
export interface Pace {
  spend(points: number, nowMs: number): void;
  /** When so many more points may be spent, in milliseconds since the epoch; not later than `nowMs` where they may be now. */
  freeAtMs(points: number, nowMs: number): number;
}

const minuteMs = 60_000;

/**
 * A bucket that holds half of `pointsPerMinute` and is filled with the other half each minute: in no minute, wherever it begins, more than `pointsPerMinute` are spent,
 * and who comes after a burst waits for a moment, not for the rest of the minute.
 */
export function createPace(pointsPerMinute: number): Pace {
  const most = Math.max(1, pointsPerMinute / 2);
  const perMs = pointsPerMinute / 2 / minuteMs;
  let left = most;
  let countedAtMs = -Infinity;

  function leftAt(nowMs: number): number {
    const passedMs = Math.max(0, nowMs - countedAtMs);
    return passedMs === Infinity || most === Infinity ? most : Math.min(most, left + passedMs * perMs);
  }

  return {
    spend(points, nowMs) {
      left = leftAt(nowMs) - points;
      countedAtMs = nowMs;
    },
    freeAtMs(points, nowMs) {
      const missing = points - leftAt(nowMs);
      return missing > 0 ? nowMs + Math.ceil(missing / perMs) : nowMs;
    },
  };
}

import { ApiProblem } from './problem.ts';
import type { ServerLimits } from './options.ts';
import type { Principal } from './access.ts';

/** One hour's use of the primary limit. */
interface Quota {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since the epoch at which the hour is over. */
  readonly reset: number;
}

/** Counts what each principal used. */
export interface Meter {
  readonly limits: ServerLimits;
  /** What a principal has used of this hour. */
  quota(principal: Principal): Quota;
  /**
   * Takes a request's points.
   *
   * @throws {ApiProblem} 403 or 429 over a primary or secondary limit
   */
  charge(principal: Principal, points: number, inFlight: number): void;
  /** Gives a request's point of the primary limit back: it was answered 304. */
  refund(principal: Principal): void;
}

/** An hour in milliseconds. */
const hourMs = 3_600_000;

/** A meter where nothing was used yet. */
export function createMeter(limits: ServerLimits, now: () => number): Meter {
  const hours = new Map<string, { startMs: number; used: number }>();
  const minutes = new Map<string, { atMs: number; points: number }[]>();
  const name = (principal: Principal): string =>
    principal.token === undefined ? 'anonymous' : `token ${principal.token}`;

  const hour = (principal: Principal): { startMs: number; used: number } => {
    const key = name(principal);
    let found = hours.get(key);
    if (found === undefined || now() >= found.startMs + hourMs) {
      found = { startMs: now(), used: 0 };
      hours.set(key, found);
    }
    return found;
  };

  const quota = (principal: Principal): Quota => {
    const { startMs, used } = hour(principal);
    const limit = principal.token === undefined ? limits.anonymousPerHour : limits.tokenPerHour;
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil((startMs + hourMs) / 1000) };
  };

  const secondary = (): ApiProblem =>
    new ApiProblem(
      limits.secondaryStatus,
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      { headers: { 'retry-after': String(limits.retryAfterSeconds) } },
    );

  return {
    limits,
    quota,
    charge(principal, points, inFlight) {
      if (inFlight > limits.concurrency) throw secondary();
      if (quota(principal).remaining === 0) {
        const whose = principal.token === undefined ? '127.0.0.1' : 'user ID 1';
        throw new ApiProblem(limits.primaryStatus, `API rate limit exceeded for ${whose}.`);
      }
      if (limits.pointsPerMinute !== Infinity) {
        const recent = (minutes.get(name(principal)) ?? []).filter((one) => one.atMs > now() - 60_000);
        const spent = recent.reduce((sum, one) => sum + one.points, 0);
        if (spent + points > limits.pointsPerMinute) throw secondary();
        recent.push({ atMs: now(), points });
        minutes.set(name(principal), recent);
      }
      hour(principal).used += 1;
    },
    refund(principal) {
      // GitHub promises the free 304 to requests with a credential only:
      // https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
      if (principal.token !== undefined) hour(principal).used -= 1;
    },
  };
}

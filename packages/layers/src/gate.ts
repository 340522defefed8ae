import {
  type BackendContext,
  type CallContext,
  type Clock,
  FsError,
  type Gate,
  type GateLimits,
  type GatePass,
  type QuotaReport,
  throwIfAborted,
} from '@mountkit/core';
import { createPace } from './gate-pace.ts';
import { createWaitingLine } from './waiting-line.ts';

/** Gates by origin and credential: what `BackendContext.gate` is. Share one among the mounts of a process that share credentials. */
export type Gates = BackendContext['gate'];

/** {@link Gates} on a clock. A credential is only compared; it is held in a closure that no inspection shows. */
export function createGates({ clock }: { readonly clock: Clock }): Gates {
  const origins = new Map<string, Map<string, Gate>>();
  return ({ origin, credential = '' }, limits) => {
    let gates = origins.get(origin);
    if (gates === undefined) origins.set(origin, (gates = new Map()));
    let gate = gates.get(credential);
    if (gate === undefined) gates.set(credential, (gate = createGate(limits, clock)));
    return gate;
  };
}

/** What a request waits with. */
interface Wish {
  readonly points: number;
  /** When it has waited long enough. */
  readonly latestMs: number;
}

/**
 * One gate: at most `concurrency` passes at once, at most `pointsPerMinute` in any minute, none during a pause, and none of the quota's reserve until it is full
 * again. The more urgent call goes first. The reserve is at most a tenth of the quota, so that a small quota can be used at all.
 */
function createGate(limits: GateLimits, clock: Clock): Gate {
  const { concurrency, pointsPerMinute, maxWaitMs } = limits;
  const pace = createPace(pointsPerMinute);
  const line = createWaitingLine<GatePass, Wish>();
  let inUse = 0;
  let pausedUntilMs = 0;
  let pauseDetail: string | undefined;
  let quota: QuotaReport = {};
  let timer: AbortController | undefined;

  function reserved(): number {
    return quota.limit === undefined ? limits.reserve : Math.min(limits.reserve, Math.floor(quota.limit / 10));
  }

  /** When the quota is open again; 0 where it is. */
  function quotaClosedUntilMs(nowMs: number): number {
    const { remaining, resetAtMs } = quota;
    if (remaining === undefined || resetAtMs === undefined || resetAtMs <= nowMs) return 0;
    return remaining <= reserved() ? resetAtMs : 0;
  }

  /** When the origin lets `points` more through; nothing here depends on requests under way. */
  function openAtMs(points: number, nowMs: number): number {
    return Math.max(pace.freeAtMs(points, nowMs), pausedUntilMs, quotaClosedUntilMs(nowMs));
  }

  /** Whether requests under way leave room for one more: each of them may still take one of the quota. */
  function hasRoom(nowMs: number): boolean {
    if (inUse >= concurrency) return false;
    const { remaining, resetAtMs } = quota;
    if (remaining === undefined || resetAtMs === undefined || resetAtMs <= nowMs) return true;
    return inUse === 0 || remaining - inUse > reserved();
  }

  function pass(points: number, nowMs: number): GatePass {
    pace.spend(points, nowMs);
    inUse += 1;
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        inUse -= 1;
        letThrough();
      },
    };
  }

  function letThrough(): void {
    const nowMs = clock.now();
    let ahead = 0;
    let wakeAtMs = Infinity;
    for (const { about, grant, refuse } of line.all()) {
      ahead += about.points;
      const atMs = openAtMs(ahead, nowMs);
      if (atMs > Math.max(about.latestMs, nowMs)) {
        ahead -= about.points;
        refuse(throttled(atMs, nowMs));
      } else if (atMs <= nowMs && hasRoom(nowMs)) {
        ahead -= about.points;
        grant(pass(about.points, clock.now()));
      } else if (atMs > nowMs) {
        wakeAtMs = Math.min(wakeAtMs, atMs);
      }
    }
    wake(wakeAtMs, nowMs);
  }

  function wake(atMs: number, nowMs: number): void {
    timer?.abort();
    timer = undefined;
    if (atMs === Infinity) return;
    const mine = new AbortController();
    timer = mine;
    clock.sleep(atMs - nowMs, mine.signal).then(letThrough, () => undefined);
  }

  function enqueue(points: number, context: CallContext): Promise<GatePass> {
    const granted = line.wait({ points, latestMs: clock.now() + maxWaitMs }, context, { op: 'request' }, letThrough);
    letThrough();
    return granted;
  }

  function throttled(retryAtMs: number, nowMs: number): FsError {
    const detail = (retryAtMs === pausedUntilMs ? pauseDetail : undefined) ?? 'the origin limits the rate of requests';
    return new FsError('EIO', {
      op: 'request',
      reason: 'throttled',
      retry: { afterMs: retryAtMs - nowMs },
      retryAtMs,
      detail,
    });
  }

  return {
    take(points, context) {
      throwIfAborted(context.signal, 'request');
      const nowMs = clock.now();
      const isFree = line.length === 0 && openAtMs(points, nowMs) <= nowMs && hasRoom(nowMs);
      if (isFree) return pass(points, nowMs);
      return enqueue(points, context);
    },
    report(told) {
      const report = numbersOf(told);
      const { resetAtMs = quota.resetAtMs } = report;
      // Answers overtake each other: what is left of one quota only shrinks, and an older quota is over.
      if (quota.resetAtMs !== undefined && resetAtMs !== undefined && resetAtMs < quota.resetAtMs) return;
      if (resetAtMs !== quota.resetAtMs) quota = report;
      else {
        const remaining = Math.min(report.remaining ?? Infinity, quota.remaining ?? Infinity);
        quota = { ...quota, ...report, ...(remaining !== Infinity && { remaining }) };
      }
      letThrough();
    },
    pauseUntil(timeMs, detail) {
      if (timeMs > pausedUntilMs) {
        pausedUntilMs = timeMs;
        pauseDetail = detail;
      }
      letThrough();
    },
  };
}

// What is no number would be neither before nor after any time: nobody would be let through, nor refused.
function numbersOf(report: QuotaReport): QuotaReport {
  return Object.fromEntries(Object.entries(report).filter(([, value]) => Number.isFinite(value)));
}

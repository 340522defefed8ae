import type { Request } from './policy.ts';
import type { Setting } from './setting.ts';

/** A request under way. */
export interface Flow {
  readonly request: Request;
  readonly bytes: number;
  receivedBytes: number;
  /** When the first byte comes. */
  readonly firstByteAtMs: number;
  /** Broken off: what still arrives is thrown away, until the origin has noticed. */
  canceledUntilMs: number | undefined;
}

/** Connections to an origin in virtual time: a round trip before every answer, bandwidth shared fairly by the answers that flow. */
export interface Network {
  readonly flows: readonly Flow[];
  readonly movedBytes: number;
  readonly requests: number;
  readonly opened: number;
  /** Takes a request, or lets it wait for a connection. */
  send(request: Request, bytes: number, atMs: number): void;
  cancel(id: number, atMs: number): Flow | undefined;
  /** Somebody waits for it now: it goes first among those that wait for a connection. */
  has(id: number): boolean;
  waiting(): readonly Request[];
  /** When the next flow starts, ends or has gone; Infinity where nothing is under way. */
  nextEventAt(atMs: number): number;
  /** When so many bytes of a flow will have come, if nothing else happens before. */
  reachedAt(flow: Flow, bytes: number, atMs: number): number;
  /** Lets time pass; not beyond the next event. @returns the flows that are complete. */
  advance(fromMs: number, toMs: number): Flow[];
}

// Two moments closer than this are one: sums of floating point numbers are not exact.
const epsilonMs = 1e-6;

/** A network on which nothing is under way and no connection is open. */
export function network(setting: Setting): Network {
  const flows: Flow[] = [];
  const queue: { readonly request: Request; readonly bytes: number }[] = [];
  const total = setting.bytesPerSecond / 1000;
  const ofOne = setting.bytesPerSecondOfOne / 1000;
  let idle = 0;
  let opened = 0;
  let movedBytes = 0;
  let requests = 0;

  const flowing = (atMs: number): Flow[] => flows.filter((flow) => flow.firstByteAtMs <= atMs + epsilonMs);
  const rateAt = (atMs: number): number => Math.min(ofOne, total / Math.max(1, flowing(atMs).length));

  return {
    flows,
    get movedBytes() {
      return movedBytes;
    },
    get requests() {
      return requests;
    },
    get opened() {
      return opened;
    },
    send(request, bytes, atMs) {
      queue.push({ request, bytes });
      startQueued(atMs);
    },
    cancel(id, atMs) {
      const queued = queue.findIndex((each) => each.request.id === id);
      if (queued >= 0) queue.splice(queued, 1);
      const flow = flows.find((each) => each.request.id === id && each.canceledUntilMs === undefined);
      if (flow !== undefined) flow.canceledUntilMs = atMs + setting.rttMs;
      return flow;
    },
    has: (id) =>
      flows.some((flow) => flow.request.id === id && flow.canceledUntilMs === undefined) ||
      queue.some((each) => each.request.id === id),
    waiting: () => queue.map((each) => each.request),
    nextEventAt(atMs) {
      const rate = rateAt(atMs);
      let next = Infinity;
      for (const flow of flows) {
        if (flow.canceledUntilMs !== undefined) next = Math.min(next, flow.canceledUntilMs);
        if (flow.firstByteAtMs > atMs + epsilonMs) next = Math.min(next, flow.firstByteAtMs);
        else next = Math.min(next, atMs + (flow.bytes - flow.receivedBytes) / rate);
      }
      return next;
    },
    reachedAt(flow, bytes, atMs) {
      if (flow.firstByteAtMs > atMs + epsilonMs) return Infinity;
      return atMs + Math.max(0, bytes - flow.receivedBytes) / rateAt(atMs);
    },
    advance(fromMs, toMs) {
      const bytes = rateAt(fromMs) * (toMs - fromMs);
      for (const flow of flowing(fromMs)) {
        const before = flow.receivedBytes;
        flow.receivedBytes = Math.min(flow.bytes, before + bytes);
        if (flow.bytes - flow.receivedBytes < 1e-3) flow.receivedBytes = flow.bytes;
        movedBytes += flow.receivedBytes - before;
      }
      const complete: Flow[] = [];
      for (const flow of flows.slice()) {
        const through = flow.receivedBytes === flow.bytes && flow.firstByteAtMs <= toMs + epsilonMs;
        const gone = flow.canceledUntilMs !== undefined && flow.canceledUntilMs <= toMs + epsilonMs;
        if (!through && !gone) continue;
        flows.splice(flows.indexOf(flow), 1);
        // A connection that was broken off is lost, unless its answer was through by then.
        if (flow.canceledUntilMs === undefined) {
          idle += 1;
          complete.push(flow);
        } else opened -= 1;
      }
      startQueued(toMs);
      return complete;
    },
  };

  function startQueued(atMs: number): void {
    while (queue.length > 0 && (idle > 0 || opened < setting.connections)) {
      const first = Math.max(
        0,
        queue.findIndex((each) => each.request.demand),
      );
      const [next] = queue.splice(first, 1);
      if (next === undefined) return;
      const connecting = idle === 0;
      if (connecting) opened += 1;
      else idle -= 1;
      requests += 1;
      const roundTrips = 1 + (connecting ? setting.connectRtts : 0);
      const firstByteAtMs = atMs + roundTrips * setting.rttMs;
      flows.push({ ...next, receivedBytes: 0, firstByteAtMs, canceledUntilMs: undefined });
    }
  }
}

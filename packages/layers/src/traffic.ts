import type { RequestEvent, TrafficCounters } from '@mountkit/core';

/** Counts what goes over the wire for one mount and what its cache spares. */
export interface TrafficMeter {
  /** For `BackendContext.onRequest`. */
  readonly onRequest: (event: RequestEvent) => void;
  hit(): void;
  miss(): void;
  /** The counters now. */
  read(): TrafficCounters;
}

/** A {@link TrafficMeter} at zero. */
export function createTrafficMeter(): TrafficMeter {
  let requests = 0;
  let bytesReceived = 0;
  let bytesSent = 0;
  let hits = 0;
  let misses = 0;
  return {
    onRequest(event) {
      requests += 1;
      bytesReceived += event.bytesReceived;
      bytesSent += event.bytesSent;
    },
    hit: () => void (hits += 1),
    miss: () => void (misses += 1),
    read: () => ({ requests, bytesReceived, bytesSent, hits, misses }),
  };
}

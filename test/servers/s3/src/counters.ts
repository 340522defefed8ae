import type { IncomingHttpHeaders } from 'node:http';
import type { OperationName } from './operation.ts';

/** One request as it arrived, and what became of it. */
export interface RecordedRequest {
  readonly operation: OperationName;
  readonly method: string;
  /** Path and query as sent, still percent-encoded. */
  readonly path: string;
  /** Bucket of the path or the virtual host. */
  readonly bucket: string | undefined;
  /** Key as text. */
  readonly key: string | undefined;
  /** Header names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Number of the connection it came on, from 1. */
  readonly connection: number;
  /** `x-amz-request-id` of the answer. */
  readonly requestId: string;
  /** Status of the answer; 0 while there is none. */
  readonly status: number;
  /** Error code of the answer. */
  readonly errorCode: string | undefined;
  /** Body bytes sent so far. */
  readonly bytesSent: number;
  /** Body bytes received so far, as they came (with chunk framing). */
  readonly bytesReceived: number;
}

/** Sums over the recorded requests. */
export interface ServerStats {
  readonly requests: number;
  readonly byOperation: Readonly<Partial<Record<OperationName, number>>>;
  /** Keyed by status; `0` counts requests without an answer (yet). */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Body bytes sent. */
  readonly bytesSent: number;
  /** Body bytes received. */
  readonly bytesReceived: number;
  /** Most requests in flight at once. */
  readonly peakConcurrency: number;
  readonly inFlight: number;
  readonly connectionsOpened: number;
  readonly connectionsOpen: number;
}

/** The mutable side of a {@link RecordedRequest}. */
export type RequestRecord = { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] };

/** What the server counts. */
export interface Counters {
  readonly requests: RequestRecord[];
  begin(record: RequestRecord): void;
  end(): void;
  /** Counts a connection and gives its number. */
  connected(): number;
  disconnected(): void;
  stats(): ServerStats;
  reset(): void;
}

/** Starts counting from zero. */
export function createCounters(): Counters {
  const requests: RequestRecord[] = [];
  let inFlight = 0;
  let peakConcurrency = 0;
  let connectionNumber = 0;
  let connectionsOpened = 0;
  let connectionsOpen = 0;
  return {
    requests,
    begin(record) {
      requests.push(record);
      inFlight += 1;
      peakConcurrency = Math.max(peakConcurrency, inFlight);
    },
    end() {
      inFlight -= 1;
    },
    connected() {
      connectionNumber += 1;
      connectionsOpened += 1;
      connectionsOpen += 1;
      return connectionNumber;
    },
    disconnected() {
      connectionsOpen -= 1;
    },
    stats() {
      const byOperation: Partial<Record<OperationName, number>> = {};
      const byStatus: Record<string, number> = {};
      let bytesSent = 0;
      let bytesReceived = 0;
      for (const request of requests) {
        byOperation[request.operation] = (byOperation[request.operation] ?? 0) + 1;
        byStatus[request.status] = (byStatus[request.status] ?? 0) + 1;
        bytesSent += request.bytesSent;
        bytesReceived += request.bytesReceived;
      }
      return {
        requests: requests.length,
        byOperation,
        byStatus,
        bytesSent,
        bytesReceived,
        peakConcurrency,
        inFlight,
        connectionsOpened,
        connectionsOpen,
      };
    },
    reset() {
      requests.length = 0;
      peakConcurrency = inFlight;
      connectionsOpened = 0;
    },
  };
}

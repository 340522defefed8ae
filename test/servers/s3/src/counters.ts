import type { IncomingHttpHeaders } from 'node:http';
import { countBy, createRequestCounters } from '@mountkit/test-server-parts';
import type { RequestCounters, RequestTotals } from '@mountkit/test-server-parts';
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
export interface ServerStats extends RequestTotals {
  readonly byOperation: Readonly<Partial<Record<OperationName, number>>>;
  /** Body bytes received. */
  readonly bytesReceived: number;
}

/** The mutable side of a {@link RecordedRequest}. */
export type RequestRecord = { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] };

/** What the server counts. */
export interface Counters extends RequestCounters<RequestRecord> {
  stats(): ServerStats;
}

/** Starts counting from zero. */
export function createCounters(): Counters {
  const counters = createRequestCounters<RequestRecord>();
  return {
    ...counters,
    stats() {
      const { requests, byStatus, bytesSent, ...totals } = counters.totals();
      return {
        requests,
        byOperation: countBy(counters.requests, ({ operation }) => operation),
        byStatus,
        bytesSent,
        bytesReceived: counters.requests.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0),
        ...totals,
      };
    },
  };
}

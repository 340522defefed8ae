/** One request a fault server has met. Fields about the answer change until it is over. */
export interface SeenRequest {
  /** Which origin it came to. */
  readonly origin: 'main' | 'other';
  readonly method: string;
  /** Request target exactly as received, query included. */
  readonly target: string;
  /** Decoded path below the root without a leading slash. */
  readonly path: string;
  /** Request headers, names in lower case, repeated ones joined with ', '. */
  readonly headers: Readonly<Record<string, string>>;
  /** The Range header, or undefined. */
  readonly range: string | undefined;
  /** Number of the connection, from 1 in the order of opening. */
  readonly connection: number;
  /** Status of the answer; 0 while none is decided. */
  readonly status: number;
  /** Body bytes handed to the socket. */
  readonly bytesSent: number;
  /** How it ended; 'left' when the client went away first. */
  readonly end: 'open' | 'complete' | 'cut' | 'reset' | 'silent' | 'left';
}

/** Totals since the start or the last reset. */
export interface FaultCounters {
  readonly requests: number;
  /** Body bytes handed to sockets. */
  readonly bytesSent: number;
  readonly connectionsOpened: number;
  /** Connections open now. */
  readonly connections: number;
  readonly peakConnections: number;
  /** Most requests in answering at once. */
  readonly peakRequests: number;
}

/** A request's record under construction. */
type OpenRequest = { -readonly [Key in keyof SeenRequest]: SeenRequest[Key] };

/** Records requests and connections. */
export interface Journal {
  readonly requests: readonly SeenRequest[];
  counters(): FaultCounters;
  /** Forgets requests and totals; open connections stay counted. */
  reset(): void;
  begin(request: Omit<SeenRequest, 'status' | 'bytesSent' | 'end'>): OpenRequest;
  addBytes(request: OpenRequest, bytes: number): void;
  finish(request: OpenRequest, end: SeenRequest['end']): void;
  connectionOpened(): number;
  connectionClosed(): void;
}

/** An empty journal. */
export function createJournal(): Journal {
  const requests: OpenRequest[] = [];
  let bytesSent = 0;
  let connectionsOpened = 0;
  let connectionNumber = 0;
  let connections = 0;
  let peakConnections = 0;
  let active = 0;
  let peakRequests = 0;
  return {
    requests,
    counters: () => ({
      requests: requests.length,
      bytesSent,
      connectionsOpened,
      connections,
      peakConnections,
      peakRequests,
    }),
    reset() {
      requests.length = 0;
      bytesSent = 0;
      connectionsOpened = 0;
      peakConnections = connections;
      peakRequests = active;
    },
    begin(request) {
      const open: OpenRequest = { ...request, status: 0, bytesSent: 0, end: 'open' };
      requests.push(open);
      active += 1;
      peakRequests = Math.max(peakRequests, active);
      return open;
    },
    addBytes(request, bytes) {
      request.bytesSent += bytes;
      bytesSent += bytes;
    },
    finish(request, end) {
      request.end = end;
      active -= 1;
    },
    connectionOpened() {
      connectionsOpened += 1;
      connectionNumber += 1;
      connections += 1;
      peakConnections = Math.max(peakConnections, connections);
      return connectionNumber;
    },
    connectionClosed() {
      connections -= 1;
    },
  };
}

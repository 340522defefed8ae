import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Delivery, Exchange, Headers, ProxiedRequest } from './exchange.ts';

/** What becomes of an answer; undefined where the fault does not fit it. */
export type Fault = (exchange: Exchange) => Delivery | undefined;

/** Stands between a backend and its origin, on an address of its own, and spoils answers. */
export interface FaultProxy {
  /** Takes the place of the origin's base URL. */
  readonly url: string;
  /** Every request since the last `inject`. */
  readonly requests: readonly ProxiedRequest[];
  /** How many answers were spoiled since the last `inject`. */
  readonly hits: number;
  /** From now on, answers are spoiled so, from the `from`th request on (counted from 1) for `times` of those the fault fits. Undefined gives them as they are. */
  inject(fault: Fault | undefined, options?: { readonly from?: number; readonly times?: number }): void;
  close(): Promise<void>;
}

/** Of one connection, not of the message: RFC 9110, section 7.6.1. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'proxy-connection',
  'upgrade',
]);

/** A proxy on a loopback port before the origin of that base URL. The request goes on as it came, its Host included, so that signatures stay good. */
export async function startFaultProxy(origin: string): Promise<FaultProxy> {
  const base = new URL(origin);
  let requests: ProxiedRequest[] = [];
  let active: { readonly fault: Fault; readonly from: number; left: number } | undefined;
  let hits = 0;
  let own = '';

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: target = '/', rawHeaders: headers } = incoming;
    const request: ProxiedRequest = { method, target, headers, atMs: performance.now(), spoiledAtMs: undefined };
    requests.push(request);
    const position = requests.length;
    const current = requests;
    const exchange = await forward(base, request, incoming);
    const injected = active;
    const spoiled =
      injected !== undefined && injected.left > 0 && position >= injected.from ? injected.fault(exchange) : undefined;
    if (spoiled !== undefined && injected !== undefined) {
      injected.left -= 1;
      hits += 1;
      current[position - 1] = { ...request, spoiledAtMs: performance.now() };
    }
    const delivery = spoiled ?? exchange;
    const sent = delivery.headers.map(([name, value]): Headers[number] =>
      name === 'location' && value.startsWith(base.origin)
        ? [name, own + value.slice(base.origin.length)]
        : [name, value],
    );
    deliver({ ...delivery, headers: sent }, request, response);
  }

  const server = createServer((incoming, response) => {
    // What is under way when a case is over has nobody to tell.
    answer(incoming, response).catch(() => response.destroy());
  });
  await listen(server);
  own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: own + base.pathname + base.search,
    get requests() {
      return requests;
    },
    get hits() {
      return hits;
    },
    inject(fault, { from = 1, times = Infinity } = {}): void {
      requests = [];
      hits = 0;
      active = fault === undefined ? undefined : { fault, from, left: times };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
}

function forward(base: URL, request: ProxiedRequest, incoming: IncomingMessage): Promise<Exchange> {
  const { method, target, headers } = request;
  const send = base.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send(new URL(target, base.origin), {
      method,
      // The text as it came: a URL object would write some paths another way.
      path: target,
      headers,
      setHost: false,
      agent: false,
    });
    outgoing.on('error', reject).on('response', (response) => {
      const chunks: Buffer[] = [];
      response
        .on('error', reject)
        .on('data', (chunk: Buffer) => void chunks.push(chunk))
        .on('end', () => {
          resolve({ request, status: response.statusCode ?? 0, headers: pairs(response), body: Buffer.concat(chunks) });
        });
    });
    incoming.on('aborted', () => outgoing.destroy()).pipe(outgoing);
  });
}

function pairs({ rawHeaders }: IncomingMessage): Headers {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (!ofTheConnection.has(name)) found.push([name, rawHeaders[index + 1] ?? '']);
  }
  return found;
}

function deliver(delivery: Delivery, { method }: ProxiedRequest, response: ServerResponse): void {
  const { status, headers, body, length = body.byteLength, cut, garbage } = delivery;
  const { socket } = response;
  if (garbage !== undefined) return void socket?.end(garbage);
  if (cut?.after === 'head') return breakOff(cut.by, response);
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  const sent: (readonly [string, string])[] = headers.filter(([name]) => name !== 'content-length' || !hasBody);
  if (hasBody && length !== 'chunked') sent.push(['content-length', String(length)]);
  response.writeHead(status, sent.flat());
  if (!hasBody || cut === undefined) return void response.end(hasBody ? body : undefined);
  const { after, by } = cut;
  // The head goes out by itself where nothing of the body follows.
  response.flushHeaders();
  if (after === 0) return breakOff(by, response);
  response.write(body.subarray(0, after), () => breakOff(by, response));
}

function breakOff(by: 'end' | 'reset' | 'silence', { socket }: ServerResponse): void {
  if (by === 'end') socket?.end();
  else if (by === 'reset') socket?.resetAndDestroy();
}

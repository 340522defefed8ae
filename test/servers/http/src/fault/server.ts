import type { IncomingHttpHeaders } from 'node:http';
import type { ListingDialect } from '../listing/dialect.ts';
import { deliver } from './deliver.ts';
import { directoryAnswer } from './directory.ts';
import type { Answer, Exchange } from './exchange.ts';
import { answerOf } from './exchange.ts';
import type { Fault, FaultScope } from './fault.ts';
import type { FaultFileInput, FaultFiles } from './files.ts';
import { createFaultFiles } from './files.ts';
import { createGate } from './gate.ts';
import { honestAnswer } from './honest.ts';
import type { FaultCounters, SeenRequest } from './journal.ts';
import { createJournal } from './journal.ts';
import type { RequestHandler } from './listener.ts';
import { startListener } from './listener.ts';
import { madeListingAnswer } from './made-listing.ts';
import type { NetworkShape } from './pace.ts';
import { createPace } from './pace.ts';
import { createFaultScript } from './script.ts';
import { MADE_LISTING_PATHS, readTarget } from './target.ts';

/** Options of {@link startFaultServer}. */
export interface FaultServerOptions extends NetworkShape {
  /** First content, by path without a leading slash. */
  readonly files?: Readonly<Record<string, FaultFileInput | Uint8Array | string>>;
  /** Format of listings at plain directory URLs; 'none' answers 403. @default 'nginx-html' */
  readonly listing?: ListingDialect | 'none';
  /** Close a connection after so long without a request; 0 never. @default 0 */
  readonly keepAliveTimeoutMs?: number;
  /** Clock for racy validators and growing files. @default Date.now */
  readonly now?: () => number;
}

/** A running fault server: two origins over one set of files. */
export interface FaultServer extends AsyncDisposable {
  /** Base URL of the main origin, with a trailing slash. */
  readonly url: string;
  /**
   * Base URL of the second origin. It serves the same files without faults, and answers every other path with 200 and
   * a JSON object of the request headers it got.
   */
  readonly otherUrl: string;
  /** The live content. */
  readonly files: FaultFiles;
  /** Every request to both origins, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Absolute URL of a file on the main origin, percent-encoded. */
  urlOf(path: string): string;
  /** Base URL below which directories are listed in a dialect, whatever the server's own is; with a trailing slash. */
  dialectUrl(dialect: ListingDialect): string;
  /** URL of a `mountkit.index.json` of everything; the files lie beside it. */
  readonly manifestUrl: string;
  /** URL of a `sha256sum` list of everything; the files lie beside it. */
  readonly sha256sumUrl: string;
  /**
   * Base URL, with a trailing slash, of a Hugging Face hub on which every repository of every kind holds these files:
   * `api/{models,datasets,spaces}/{owner}/{name}/tree/{revision}/{path}` and `{owner}/{name}/resolve/{revision}/{path}`.
   */
  readonly huggingFaceUrl: string;
  /** Makes a path misbehave; '*' is every path, a directory ends with a slash, the root is ''. Returns the server. */
  fault(path: string, fault: Fault, scope?: FaultScope): FaultServer;
  /** Makes one path, or all, behave again. */
  clearFaults(path?: string): void;
  /** Totals of the main and the second origin together. */
  counters(): FaultCounters;
  /** Forgets requests and totals. */
  resetCounters(): void;
  /** Requests to one path of the main origin, of one method if given. */
  requestsTo(path: string, method?: string): readonly SeenRequest[];
  /** Changes latency and bandwidth. */
  shape(shape: NetworkShape): void;
  /** Lets every answer held by a `hold` fault go on. */
  release(): void;
  /** Settles once so many answers are held at the same time. */
  waitForHeld(count: number): Promise<void>;
  /** Breaks every open connection of the main origin. */
  dropConnections(): void;
  /** Takes the main origin down: connections break, new ones are refused. */
  down(): Promise<void>;
  /** Brings it up on the same port. */
  up(): Promise<void>;
  /** Ends both origins. May be called twice. */
  stop(): Promise<void>;
}

/** Starts a fault server on two loopback ports of this process. */
export async function startFaultServer(options: FaultServerOptions = {}): Promise<FaultServer> {
  const now = options.now ?? Date.now;
  const files = createFaultFiles(now);
  for (const [path, input] of Object.entries(options.files ?? {})) files.set(path, input);
  const journal = createJournal();
  const script = createFaultScript();
  const gate = createGate();
  const pace = createPace(options);
  const listing = options.listing ?? 'nginx-html';
  const urls = { main: '', other: '' };

  const handlerOf =
    (origin: 'main' | 'other'): RequestHandler =>
    async (request, response, connection, signal) => {
      const method = request.method ?? 'GET';
      const target = request.url ?? '/';
      const headers = plainHeaders(request.headers);
      const read = readTarget(target);
      const path = read?.path ?? '';
      const range = headers['range'];
      const seen = journal.begin({ origin, method, target, path, headers, range, connection });
      // Whatever a PROPFIND or POST carries is of no interest, but it must not stay in the socket.
      request.resume();
      try {
        let exchange: Exchange = {
          method,
          path,
          target,
          headers,
          file: files.get(path),
          files,
          url: urls[origin],
          otherUrl: urls.other,
          turn: 0,
          nowMs: now(),
        };
        const met = origin === 'main' ? script.meet(path, method, range !== undefined) : [];
        for (const { effect, turn } of met) exchange = effect.before?.({ ...exchange, turn }) ?? exchange;
        const dialect = read?.dialect ?? listing;
        let answer =
          read === undefined
            ? answerOf(400, { 'content-type': 'text/plain' }, 'bad target\n')
            : read.made === undefined
              ? answerTo(exchange, dialect, origin)
              : madeListingAnswer(exchange, read.made);
        for (const { effect, turn } of met) answer = effect.after?.(answer, { ...exchange, turn }) ?? answer;
        seen.status = answer.status;
        const end = await deliver(answer, response, method !== 'HEAD', {
          gate,
          pace,
          signal,
          sent: (bytes) => journal.addBytes(seen, bytes),
        });
        journal.finish(seen, end);
      } catch (error) {
        journal.finish(seen, 'left');
        throw error;
      }
    };

  const keepAliveTimeoutMs = options.keepAliveTimeoutMs ?? 0;
  const main = await startListener(journal, handlerOf('main'), keepAliveTimeoutMs);
  const other = await startListener(journal, handlerOf('other'), keepAliveTimeoutMs);
  urls.main = main.url;
  urls.other = other.url;
  const stop = async (): Promise<void> => {
    await Promise.all([main.down(), other.down()]);
  };

  const server: FaultServer = {
    url: main.url,
    otherUrl: other.url,
    files,
    requests: journal.requests,
    urlOf: (path) => main.url + path.split('/').map(encodeURIComponent).join('/'),
    dialectUrl: (dialect) => `${main.url}@${dialect}/`,
    manifestUrl: main.url + MADE_LISTING_PATHS.manifest,
    sha256sumUrl: main.url + MADE_LISTING_PATHS.sha256sum,
    huggingFaceUrl: `${main.url}@hugging-face/`,
    fault(path, fault, scope = {}) {
      script.add(path, fault, scope);
      return server;
    },
    clearFaults: script.clear,
    counters: journal.counters,
    resetCounters: journal.reset,
    requestsTo: (path, method) =>
      journal.requests.filter(
        (request) =>
          request.origin === 'main' && request.path === path && (method === undefined || request.method === method),
      ),
    shape: pace.shape,
    release: gate.release,
    waitForHeld: gate.waitForHeld,
    dropConnections: main.dropConnections,
    down: main.down,
    up: main.up,
    stop,
    [Symbol.asyncDispose]: stop,
  };
  return server;
}

function answerTo(exchange: Exchange, dialect: ListingDialect | 'none', origin: 'main' | 'other'): Answer {
  if (exchange.file !== undefined) return honestAnswer(exchange);
  if (origin === 'other') {
    const body = JSON.stringify({ target: exchange.target, headers: exchange.headers });
    return answerOf(200, { 'content-type': 'application/json' }, body);
  }
  const directory = directoryAnswer(exchange, dialect === 'none' ? 'nginx-html' : dialect);
  if (directory === undefined) return honestAnswer(exchange);
  if (dialect === 'none' && directory.status === 200) {
    return answerOf(403, { 'content-type': 'text/html' }, '<h1>403 Forbidden</h1>\n');
  }
  return directory;
}

function plainHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

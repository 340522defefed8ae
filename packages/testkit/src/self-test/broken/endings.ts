import { createServer, connect } from 'node:net';
import { type CallContext, declareCapabilities, type FsBackend, onAbort, throwIfAborted } from '@mountkit/core';
import type { PlantedFault } from '../fault.ts';
import { sampleSecret } from '../origin.ts';
import { sampleCapabilities } from '../sample-backend.ts';
import { changeAnswers, changeEntries, collected } from '../wrap.ts';

const never = new Promise<never>(() => undefined);

function withoutSignal(correct: FsBackend, verbs: readonly ('stat' | 'list' | 'read')[]): FsBackend {
  return {
    ...correct,
    ...(verbs.includes('stat') && { stat: (path, request) => correct.stat(path, request, {}) }),
    ...(verbs.includes('list') && { list: (path, request) => correct.list(path, request, {}) }),
    ...(verbs.includes('read') && { read: (path, request) => correct.read(path, request, {}) }),
  };
}

/** Mistakes at the end of calls and of backends, and in what is declared and told. */
export const brokenEndings: readonly PlantedFault[] = [
  {
    name: 'ignores the signal',
    firstFailure: 'abort.before',
    plant: (correct) => withoutSignal(correct, ['stat', 'list', 'read']),
  },
  {
    name: 'looks at the signal before the request only',
    firstFailure: 'abort.in-flight',
    deadlineMs: 2000,
    plant: (correct) => ({
      ...correct,
      read: async (path, request, context) => {
        throwIfAborted(context.signal, 'read', path);
        return correct.read(path, request, context.signal?.aborted === true ? context : {});
      },
      stat: (path, request, context) => correct.stat(path, request, context.signal?.aborted === true ? context : {}),
    }),
  },
  {
    name: 'goes on with a body after the signal has fired',
    firstFailure: 'abort.body',
    plant: (correct) => ({
      ...correct,
      read: async (path, request, context) => {
        const answer = await correct.read(path, request, context);
        if ('notModified' in answer || Array.isArray(answer.body)) return answer;
        const bytes = await collected(answer);
        async function* slow(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < bytes.byteLength; at += 100) yield bytes.subarray(at, at + 100);
        }
        return { ...answer, body: slow() };
      },
    }),
  },
  {
    name: 'shares a request and the signal of whoever asked first',
    firstFailure: 'abort.alone',
    plant: (correct) => {
      const flights = new Map<string, ReturnType<FsBackend['read']>>();
      return {
        ...correct,
        read: (path, request, context) => {
          if (request.offset !== undefined || request.suffix !== undefined || request.pin !== undefined) {
            return correct.read(path, request, context);
          }
          if (request.ifNot !== undefined || path !== '/README.md') return correct.read(path, request, context);
          let flight = flights.get(path);
          if (flight === undefined) {
            flight = Promise.resolve(correct.read(path, request, context));
            flights.set(path, flight);
            const forget = (): void => void flights.delete(path);
            flight.then(forget, forget);
          }
          return flight;
        },
      };
    },
  },
  {
    name: 'forgets its calls when it closes',
    firstFailure: 'close.in-flight',
    deadlineMs: 2000,
    plant: (correct) => {
      let isClosed = false;
      // A call hears of the signal a turn later, by someone who is gone once it is closed.
      const later = (context: CallContext): CallContext => {
        const inner = new AbortController();
        if (context.signal?.aborted === true) return context;
        if (context.signal !== undefined)
          onAbort(context.signal, () => setImmediate(() => isClosed || inner.abort(context.signal?.reason)));
        return { ...context, signal: inner.signal };
      };
      return {
        ...correct,
        stat: (path, request, context) => correct.stat(path, request, later(context)),
        list: (path, request, context) => correct.list(path, request, later(context)),
        read: (path, request, context) => correct.read(path, request, later(context)),
        close: () => void (isClosed = true),
      };
    },
  },
  {
    name: 'never finishes closing',
    firstFailure: 'close.settles',
    deadlineMs: 2000,
    plant: (correct) => ({ ...correct, close: () => never }),
  },
  {
    name: 'throws when it is closed twice',
    firstFailure: 'close.settles',
    plant: (correct) => {
      let isClosed = false;
      return {
        ...correct,
        close() {
          if (isClosed) throw new Error('closed already');
          isClosed = true;
        },
      };
    },
  },
  {
    name: 'leaves a timer running',
    firstFailure: 'close.leaks',
    plant: (correct) => ({
      ...correct,
      list: (path, request, context) => {
        // It outlasts every other case, so that none of its kind ends while this one is counted.
        if (path === '/docs') setTimeout(() => undefined, 60_000);
        return correct.list(path, request, context);
      },
    }),
  },
  {
    name: 'leaves a connection open',
    firstFailure: 'close.leaks',
    plant: (correct) => ({
      ...correct,
      list: async (path, request, context) => {
        if (path === '/docs') await leaveConnection();
        return correct.list(path, request, context);
      },
    }),
  },
  {
    name: 'declares readMany and has none',
    firstFailure: 'honesty.declared-verbs',
    plant: ({ readMany: _readMany, ...correct }) => correct,
  },
  {
    name: 'has a verb that it does not declare',
    firstFailure: 'honesty.undeclared-verbs',
    plant: (correct) => ({ ...correct, capabilities: declareCapabilities({ ...sampleCapabilities, readMany: false }) }),
  },
  {
    name: 'declares less than was expected',
    firstFailure: 'honesty.as-expected',
    expected: sampleCapabilities,
    plant: (correct) => ({ ...correct, capabilities: declareCapabilities({ ...sampleCapabilities, suffix: false }) }),
  },
  {
    name: 'declares more than was expected',
    firstFailure: 'honesty.as-expected',
    expected: {
      ranges: true,
      conditional: true,
      recursiveList: true,
      symlinks: true,
      versions: 'strong',
      readMany: true,
    },
  },
  {
    name: 'has capabilities that change',
    firstFailure: 'contract.shape',
    plant: (correct) => ({ ...correct, capabilities: { ...sampleCapabilities } }),
  },
  {
    name: 'has another id each time',
    firstFailure: 'contract.same-id',
    plant: (correct, { context }) => ({ ...correct, id: `sample:${context.clock.now()}-${process.hrtime.bigint()}` }),
  },
  {
    name: 'has its credential in its id',
    firstFailure: 'secrets.backend',
    plant: (correct) => ({ ...correct, id: `sample:${sampleSecret}@origin` }),
  },
  {
    name: 'keeps its options where an inspection sees them',
    firstFailure: 'secrets.backend',
    plant: (correct) => ({ ...correct, options: { token: sampleSecret } }),
  },
  {
    name: 'tells its credential with each request',
    firstFailure: 'secrets.events',
    plant: (correct, { context }) => ({
      ...correct,
      stat: (path, request, call) => {
        context.onRequest({
          method: 'GET',
          route: `stat?token=${encodeURIComponent(sampleSecret)}`,
          origin: 'sample://origin',
          bytesReceived: 0,
          bytesSent: 0,
          elapsedMs: 0,
        });
        return correct.stat(path, request, call);
      },
    }),
  },
  {
    name: 'gives signed links as locators',
    firstFailure: 'secrets.entries',
    plant: (correct) =>
      changeEntries(correct, ['list'], (entry) =>
        entry.type === 'file' ? { ...entry, locator: `https://origin.example/?signed=${sampleSecret}` } : entry,
      ),
  },
  {
    name: 'cuts a file short',
    firstFailure: 'walk.content',
    plant: (correct) =>
      changeAnswers(correct, async (answer, path) =>
        path === '/sizes/page' ? { ...answer, body: [(await collected(answer)).subarray(0, 65_000)] } : answer,
      ),
  },
];

/** A connection within this process that nobody ends for a minute. */
async function leaveConnection(): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    setTimeout(() => socket.destroy(), 60_000).unref();
  }).unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') return;
  await new Promise<void>((resolve) => connect(address.port, '127.0.0.1', resolve).on('error', () => undefined));
  server.close();
}

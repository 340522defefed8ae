import {
  type Capabilities,
  type Entry,
  type FsBackend,
  FsError,
  isNotModified,
  type ListPage,
  type MaybePromise,
  type ReadAnswer,
} from '@mountkit/core';
import { createMemoryBackend, type MemoryBackend, type MemoryItem } from '@mountkit/memory';

/** How a test changes what a backend over memory does. */
export interface Behaviour {
  readonly capabilities?: Partial<Capabilities>;
  /** Names a page of a listing holds. */
  readonly pageSize?: number;
  /** Called before each verb; what it throws or waits for happens first. */
  before?(verb: 'stat' | 'list' | 'read', path: string): MaybePromise<void>;
  /** Changes an entry before it is told. */
  entry?(entry: Entry): Entry;
  /** Changes the answer to a read. */
  answer?(answer: ReadAnswer): ReadAnswer;
}

/** A backend whose calls are written down. */
export interface ObservedBackend extends FsBackend {
  readonly memory: MemoryBackend;
  /** Each call as 'verb path', ranges as 'read path offset+length', with '!' behind it when a pin was passed. */
  readonly calls: string[];
  closed: number;
  close(): void;
}

/** A backend over memory that writes down its calls and does as it is told. */
export function observedBackend(files: Record<string, MemoryItem> = {}, behaviour: Behaviour = {}): ObservedBackend {
  const memory = createMemoryBackend(files);
  const calls: string[] = [];
  const entryOf = (entry: Entry): Entry => behaviour.entry?.(entry) ?? entry;

  async function after<T>(wait: PromiseLike<void>, value: () => MaybePromise<T>): Promise<T> {
    await wait;
    return value();
  }
  function told<T>(verb: 'stat' | 'list' | 'read', path: string, value: () => MaybePromise<T>): MaybePromise<T> {
    const wait = behaviour.before?.(verb, path);
    return wait === undefined ? value() : after(wait, value);
  }

  const backend: ObservedBackend = {
    abi: 1,
    id: 'memory:observed',
    capabilities: { ...memory.capabilities, ...behaviour.capabilities },
    memory,
    calls,
    closed: 0,
    stat(path, request, context) {
      calls.push(`stat ${path}`);
      return told('stat', path, () => entryOf(memory.stat(path, request, context) as Entry));
    },
    list(path, request, context) {
      calls.push(`list ${path}${request.cursor === undefined ? '' : ` ${request.cursor}`}`);
      return told('list', path, () => {
        const { entries } = memory.list(path, {}, context) as ListPage;
        const size = behaviour.pageSize ?? Infinity;
        const from = Number(request.cursor ?? 0);
        const page = entries.slice(from, from + size).map(entryOf);
        return from + size < entries.length ? { entries: page, cursor: `${from + size}` } : { entries: page };
      });
    },
    read(path, request, context) {
      const range = request.offset === undefined ? '' : ` ${request.offset}+${request.length}`;
      calls.push(`read ${path}${range}${request.pin === undefined ? '' : '!'}`);
      return told('read', path, async () => {
        const answer = await memory.read(path, request, context);
        if (isNotModified(answer)) throw new FsError('EIO', { op: 'read' });
        const changed = { ...answer, entry: entryOf(answer.entry) };
        return behaviour.answer?.(changed) ?? changed;
      });
    },
    close: () => {
      backend.closed += 1;
    },
  };
  return backend;
}

/** An entry without its version, as of an origin that has no validators. */
export function withoutVersion({ version: _version, ...entry }: Entry): Entry {
  return entry;
}

/** A promise and what settles it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A {@link Deferred}. */
export function deferred<T = void>(): Deferred<T> {
  let settle: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, resolve: (value) => settle?.resolve(value), reject: (error) => settle?.reject(error) };
}

/** The code a call fails with, or 'ok'. */
export async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'ok';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** The error a call fails with. */
export async function errorOf(call: () => unknown): Promise<FsError> {
  try {
    await call();
  } catch (error) {
    return error as FsError;
  }
  throw new Error('the call went well');
}

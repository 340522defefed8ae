import type {
  BackendChange,
  CallContext,
  FsBackend,
  ListPage,
  ListRequest,
  MaybePromise,
  ReadManyAnswer,
  ReadManyRequest,
} from '@mountkit/core';

/** A wrapper of a backend that is a backend itself. */
export type Layer = (inner: FsBackend) => FsBackend;

/** One call of a verb, as a layer sees it. Of a verb without a path, that is '/'. */
export interface Call {
  readonly op: 'stat' | 'list' | 'read' | 'readlink' | 'readMany' | 'watch' | 'resolve' | 'unreachable';
  readonly path: string;
  readonly context: CallContext;
}

/** What a layer does. Each verb it leaves out goes through {@link LayerVerbs.around}, and where that is left out too, straight to the inner backend. */
export interface LayerVerbs {
  /** Goes around every verb with one answer: stat, list, read, readlink, resolve, unreachable. */
  around?<T>(call: Call, attempt: (context: CallContext) => MaybePromise<T>): MaybePromise<T>;
  readonly stat?: FsBackend['stat'];
  list?(path: string, request: ListRequest, context: CallContext): MaybePromise<ListPage>;
  readonly read?: FsBackend['read'];
  readonly readlink?: NonNullable<FsBackend['readlink']>;
  readMany?(wanted: readonly ReadManyRequest[], context: CallContext): AsyncIterable<ReadManyAnswer>;
  watch?(path: string, context: CallContext): AsyncIterable<BackendChange>;
  /** Called before the inner backend is closed. */
  close?(): void;
}

/**
 * The one room where a layer's verbs are put over a backend's: id, capabilities and the verbs that the layer does not mind pass through, an optional verb is there
 * exactly when the inner backend has it, and `at` gives the inner backend at that revision under `again`.
 *
 * @param again the same layer for another inner backend, sharing what the layer shares between revisions (permits, a budget).
 */
export function layerOver(inner: FsBackend, verbs: LayerVerbs, again: Layer): FsBackend {
  const { readlink, readMany, watch, resolve, at, unreachable } = inner;
  const around = <T>(call: Call, attempt: (context: CallContext) => MaybePromise<T>): MaybePromise<T> =>
    verbs.around === undefined ? attempt(call.context) : verbs.around(call, attempt);

  return {
    abi: 1,
    id: inner.id,
    capabilities: inner.capabilities,
    stat:
      verbs.stat ??
      ((path, request, context) => around({ op: 'stat', path, context }, (each) => inner.stat(path, request, each))),
    list: (path, request, context) =>
      verbs.list?.(path, request, context) ??
      around({ op: 'list', path, context }, (each) => inner.list(path, request, each)),
    read:
      verbs.read ??
      ((path, request, context) => around({ op: 'read', path, context }, (each) => inner.read(path, request, each))),
    ...(readlink !== undefined && {
      readlink:
        verbs.readlink ??
        ((path, context) => around({ op: 'readlink', path, context }, (each) => readlink.call(inner, path, each))),
    }),
    ...(readMany !== undefined && {
      readMany: (wanted, context) => verbs.readMany?.(wanted, context) ?? readMany.call(inner, wanted, context),
    }),
    ...(watch !== undefined && {
      watch: (path, context) => verbs.watch?.(path, context) ?? watch.call(inner, path, context),
    }),
    ...(resolve !== undefined && {
      resolve: (context) => around({ op: 'resolve', path: '/', context }, (each) => resolve.call(inner, each)),
    }),
    ...(at !== undefined && { at: (revision) => again(at.call(inner, revision)) }),
    ...(unreachable !== undefined && {
      unreachable: (context) =>
        around({ op: 'unreachable', path: '/', context }, (each) => unreachable.call(inner, each)),
    }),
    close: () => {
      verbs.close?.();
      return inner.close?.();
    },
  };
}

import {
  type CallContext,
  chain,
  type Entry,
  type FsBackend,
  FsError,
  isLegalName,
  type ListPage,
  type MaybePromise,
  run,
  wait,
} from '@mountkit/core';

/** Asks for one page of a listing. */
export type AskPage = (question: () => MaybePromise<ListPage>) => MaybePromise<ListPage>;

/** One page of the directory at `path`, its names checked. @throws {@link FsError} EIO where a name cannot be one or comes twice. */
export function listPage(
  lower: FsBackend,
  path: string,
  cursor: string | undefined,
  context: CallContext,
  ask: AskPage,
): MaybePromise<ListPage> {
  return ask(() =>
    chain(legalPage(lower, path, cursor, context), (page) => {
      const names = new Set(page.entries.map((entry) => entry.path));
      if (names.size !== page.entries.length) throw broken(path, 'a listing holds a name twice');
      return page;
    }),
  );
}

/** A page without a name that cannot be one. Whether one comes twice, in it or on another page, is left to the caller. */
function legalPage(
  lower: FsBackend,
  path: string,
  cursor: string | undefined,
  context: CallContext,
): MaybePromise<ListPage> {
  return chain(lower.list(path, cursor === undefined ? {} : { cursor }, context), (page) => {
    for (const entry of page.entries) {
      if (!isLegalName(entry.path)) throw broken(path, 'a listing holds a name that cannot be one');
    }
    if (page.cursor !== undefined && page.cursor === cursor) throw broken(path, 'a listing goes in a circle');
    return page;
  });
}

/**
 * The whole directory at `path`, in the backend's order, by following the cursors to the end.
 * @throws {@link FsError} EIO where a name comes twice or the pages go in a circle.
 */
export function listAll(
  lower: FsBackend,
  path: string,
  context: CallContext,
  ask: AskPage,
): MaybePromise<readonly Entry[]> {
  return run(function* () {
    const first = yield* wait(listPage(lower, path, undefined, context, ask));
    if (first.cursor === undefined) return first.entries;
    const entries: Entry[] = [];
    // Names that come in order need no table.
    let last = '';
    let names: Set<string> | undefined;
    const seen = new Set<string>();
    let page = first;
    for (;;) {
      for (const entry of page.entries) {
        if (names === undefined && entry.path <= last) names = new Set(entries.map((each) => each.path));
        names?.add(entry.path);
        entries.push(entry);
        last = entry.path;
      }
      if (names !== undefined && names.size !== entries.length)
        yield* wait(refuse(ask, broken(path, 'a listing holds a name twice')));
      const { cursor } = page;
      if (cursor === undefined) return entries;
      if (seen.has(cursor)) yield* wait(refuse(ask, broken(path, 'a listing goes in a circle')));
      seen.add(cursor);
      page = yield* wait(ask(() => legalPage(lower, path, cursor, context)));
    }
  });
}

// Told through `ask`, so that it is noted as the backend's own error.
function refuse(ask: AskPage, error: FsError): MaybePromise<ListPage> {
  return ask(() => {
    throw error;
  });
}

function broken(path: string, detail: string): FsError {
  return new FsError('EIO', { op: 'list', path, reason: 'integrity', detail });
}

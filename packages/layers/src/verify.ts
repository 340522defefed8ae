import {
  bytesLength,
  chain,
  errorAt,
  type FsBackend,
  FsError,
  isNotModified,
  type ListPage,
  type ListRequest,
  type MaybePromise,
  type ReadAnswer,
  type ReadManyAnswer,
  type ReadManyRequest,
  type ReadRequest,
  recover,
  type StatRequest,
  toFsError,
} from '@mountkit/core';
import { type Layer, layerOver } from './layer.ts';
import { listedNames, type ListedNames } from './listed-names.ts';
import { createPageChains, newestPages } from './page-chain.ts';
import { discardAnswer, isStream, tapStream } from './stream.ts';
import { verifyListedEntry, brokenAnswer, verifyOwnEntry } from './verify-entry.ts';
import { verifyAnswer } from './verify-read.ts';

// A name is held against so many that came before it. Whoever collects a whole listing sees the same name come from further back; a stream of it must not grow with it.
const mostNamesBefore = 10_000;

/**
 * The innermost layer: checks once, for every author, what the contract promises. An argument of an undeclared ability is refused with ENOTSUP before the backend
 * sees it; an answer that breaks the contract is EIO with reason 'integrity'; an answer of another version than the pinned one is ESTALE; whatever is thrown is an
 * {@link FsError} with the path it was asked for. A verb that is there but not declared is hidden.
 *
 * @throws {@link FsError} EINVAL when a declared verb is missing.
 */
export const withVerify: Layer = (inner) => {
  refuseMissing(inner);
  const { capabilities } = inner;
  const chains = createPageChains<ListedNames>();

  const layered = layerOver(
    inner,
    {
      around: (call, attempt) =>
        recover(
          () => attempt(call.context),
          (error) => {
            throw located(error, call.op, call.path);
          },
        ),
      stat: (path, request, context) =>
        checked('stat', path, () => {
          refuseConditional(request, capabilities.conditional, 'stat', path);
          return chain(inner.stat(path, request, context), (answer) => {
            if (isNotModified(answer)) verifyCondition(request, 'stat', path);
            else verifyOwnEntry(answer, 'stat', path);
            return answer;
          });
        }),
      list: (path, request, context) =>
        checked('list', path, () => {
          if (request.recursive === true && !capabilities.recursiveList) throw undeclared('list', path, 'recursive');
          return chain(inner.list(path, request, context), (page) => verifyPage(page, path, request));
        }),
      read: (path, request, context) =>
        checked('read', path, () => {
          refuseConditional(request, capabilities.conditional, 'read', path);
          if (request.suffix !== undefined && !capabilities.suffix) throw undeclared('read', path, 'suffix');
          verifyRange(request, path);
          return chain(inner.read(path, request, context), (answer) => {
            if (isNotModified(answer)) {
              verifyCondition(request, 'read', path);
              return answer;
            }
            try {
              return locateStream(verifyAnswer(answer, request, path), path);
            } catch (error) {
              discardAnswer(answer);
              throw error;
            }
          });
        }),
      readMany: (wanted, context) => verifyMany(inner, wanted, () => inner.readMany?.(wanted, context)),
    },
    withVerify,
  );
  return declaredVerbs(layered);

  function verifyPage(page: ListPage, path: string, request: ListRequest): ListPage {
    const before = request.cursor === undefined ? undefined : chains.before(path, request.cursor);
    for (const entry of page.entries) verifyListedEntry(entry, path, request.recursive === true);
    const names = listedNames(
      page.entries.map((entry) => entry.path),
      before,
    );
    if (names === undefined) throw brokenAnswer('list', path, 'the backend listed a name twice');
    if (page.cursor === undefined) return page;
    if (page.cursor === '' || page.cursor === request.cursor) {
      throw brokenAnswer('list', path, 'the backend gave a cursor that leads nowhere');
    }
    chains.note(
      path,
      page.cursor,
      newestPages({ page: names, before }, mostNamesBefore, ({ size }) => size),
    );
    return page;
  }
};

function refuseMissing(backend: FsBackend): void {
  const { capabilities, id } = backend;
  const declared = {
    readMany: capabilities.readMany,
    watch: capabilities.watch,
    resolve: capabilities.revisions,
    at: capabilities.revisions,
  };
  for (const [verb, isDeclared] of Object.entries(declared)) {
    if (isDeclared && typeof backend[verb as keyof typeof declared] !== 'function') {
      throw new FsError('EINVAL', { op: 'compose', detail: `the backend '${id}' declares ${verb} and has none` });
    }
  }
}

function declaredVerbs({ readMany, watch, resolve, at, ...always }: FsBackend): FsBackend {
  const { capabilities } = always;
  return {
    ...always,
    ...(capabilities.readMany && readMany !== undefined && { readMany }),
    ...(capabilities.watch && watch !== undefined && { watch }),
    ...(capabilities.revisions && resolve !== undefined && { resolve }),
    ...(capabilities.revisions && at !== undefined && { at }),
  };
}

function checked<T>(op: string, path: string, attempt: () => MaybePromise<T>): MaybePromise<T> {
  return recover(attempt, (error) => {
    throw located(error, op, path);
  });
}

function located(caught: unknown, op: string, path: string): FsError {
  const error = toFsError(caught, { op, path });
  return error.path === undefined ? errorAt(error, path) : error;
}

function locateStream(answer: ReadAnswer, path: string): ReadAnswer {
  if (!isStream(answer.body)) return answer;
  const pull = async (next: () => Promise<IteratorResult<Uint8Array>>): Promise<IteratorResult<Uint8Array>> => {
    try {
      return await next();
    } catch (error) {
      throw located(error, 'read', path);
    }
  };
  return { ...answer, body: tapStream(answer.body, { pull, end: () => undefined }) };
}

function undeclared(op: string, path: string, argument: string): FsError {
  return new FsError('ENOTSUP', { op, path, detail: `the backend does not declare what '${argument}' needs` });
}

function refuseConditional(request: StatRequest | ReadRequest, declared: boolean, op: string, path: string): void {
  if (request.ifNot !== undefined && !declared) throw undeclared(op, path, 'ifNot');
}

function verifyCondition(request: StatRequest | ReadRequest, op: string, path: string): void {
  if (request.ifNot === undefined) throw brokenAnswer(op, path, 'the backend answered a condition nobody made');
}

function verifyRange(request: ReadRequest, path: string): void {
  for (const value of [request.offset, request.length, request.suffix]) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
      throw new FsError('EINVAL', { op: 'read', path, detail: 'a range is made of whole numbers' });
    }
  }
  if (request.suffix !== undefined && (request.offset !== undefined || request.length !== undefined)) {
    throw new FsError('EINVAL', { op: 'read', path, detail: 'either a range or a suffix' });
  }
}

async function* verifyMany(
  inner: FsBackend,
  wanted: readonly ReadManyRequest[],
  start: () => AsyncIterable<ReadManyAnswer> | undefined,
): AsyncIterable<ReadManyAnswer> {
  const left = new Map(wanted.map((request) => [request.path, request]));
  for await (const answer of start() ?? []) {
    const request = left.get(answer.path);
    if (request === undefined) throw brokenAnswer('readMany', '/', `'${inner.id}' gave a file nobody asked for`);
    left.delete(answer.path);
    yield verifiedFile(answer, request);
  }
  if (left.size > 0) throw brokenAnswer('readMany', '/', 'the backend left files out', 'safe');
}

function verifiedFile(answer: ReadManyAnswer, request: ReadManyRequest): ReadManyAnswer {
  const { path } = answer;
  if ('error' in answer) return { path, error: located(answer.error, 'read', path) };
  try {
    verifyAnswer({ entry: answer.entry, start: 0, body: answer.body }, request, path);
    if (answer.entry.sizeKind === 'exact' && bytesLength(answer.body) !== answer.entry.size) {
      throw brokenAnswer('read', path, 'fewer bytes came than the file has', 'safe');
    }
    return answer;
  } catch (error) {
    return { path, error: located(error, 'read', path) };
  }
}

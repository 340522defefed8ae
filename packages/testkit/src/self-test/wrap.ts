import {
  type CallContext,
  type Entry,
  type FsBackend,
  isNotModified,
  type ListPage,
  type ListRequest,
  type ReadAnswer,
  type ReadRequest,
} from '@mountkit/core';

/** A backend whose entries are changed on one route or more. */
export function changeEntries(
  correct: FsBackend,
  routes: readonly ('stat' | 'list' | 'read')[],
  change: (entry: Entry, path: string) => Entry,
): FsBackend {
  return {
    ...correct,
    ...(routes.includes('stat') && {
      stat: async (path, request, context) => {
        const answer = await correct.stat(path, request, context);
        return isNotModified(answer) ? answer : change(answer, path);
      },
    }),
    ...(routes.includes('list') && {
      list: async (path, request, context) => {
        const page = await correct.list(path, request, context);
        return {
          ...page,
          entries: page.entries.map((entry) => change(entry, `${path === '/' ? '' : path}/${entry.path}`)),
        };
      },
    }),
    ...(routes.includes('read') && {
      read: async (path, request, context) => {
        const answer = await correct.read(path, request, context);
        return isNotModified(answer) ? answer : { ...answer, entry: change(answer.entry, path) };
      },
    }),
  };
}

/** A backend whose pages are changed; of plain listings, or of recursive ones. */
export function changePages(
  correct: FsBackend,
  change: (
    page: ListPage,
    path: string,
    request: ListRequest,
    context: CallContext,
  ) => ListPage | PromiseLike<ListPage>,
  of: 'plain' | 'recursive' = 'plain',
): FsBackend {
  return {
    ...correct,
    list: async (path, request, context) => {
      const page = await correct.list(path, request, context);
      return (request.recursive === true) === (of === 'recursive') ? change(page, path, request, context) : page;
    },
  };
}

/** A backend that is asked something else than what it was asked. */
export function changeRequests(
  correct: FsBackend,
  change: (request: ReadRequest, path: string) => ReadRequest,
): FsBackend {
  return { ...correct, read: (path, request, context) => correct.read(path, change(request, path), context) };
}

/** A backend whose answers to reads are changed. */
export function changeAnswers(
  correct: FsBackend,
  change: (
    answer: ReadAnswer,
    path: string,
    request: ReadRequest,
    context: CallContext,
  ) => ReadAnswer | PromiseLike<ReadAnswer>,
): FsBackend {
  return {
    ...correct,
    read: async (path, request, context) => {
      const answer = await correct.read(path, request, context);
      return isNotModified(answer) ? answer : change(answer, path, request, context);
    },
  };
}

/** A backend that throws something else. */
export function changeErrors(
  correct: FsBackend,
  change: (error: unknown, path: string, verb: string) => unknown,
): FsBackend {
  const around =
    (verb: 'stat' | 'list' | 'read') =>
    async (path: string, request: object, context: CallContext): Promise<never> => {
      try {
        return (await correct[verb](path, request, context)) as never;
      } catch (error) {
        throw change(error, path, verb);
      }
    };
  return { ...correct, stat: around('stat'), list: around('list'), read: around('read') };
}

/** The whole body of an answer in one piece. */
export async function collected({ body }: ReadAnswer): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

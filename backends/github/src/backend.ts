import {
  type BackendContext,
  type CallContext,
  declareCapabilities,
  type Entry,
  errorAt,
  type FsBackend,
  FsError,
  isFsError,
  joinPath,
  type MaybePromise,
  type ReadAnswer,
  type ReadRequest,
  type Revision,
  run,
  type Steps,
  throwIfAborted,
  wait,
} from '@mountkit/core';
import { readBlob } from './blobs.ts';
import { createClient, type GitHubClient } from './client.ts';
import { guessContent } from './cold-read.ts';
import { entryOf, type SymlinkNode, type TreeNode } from './node.ts';
import { type GitHubOptions, type GitHubSettings, isFullSha, settingsOf } from './options.ts';
import type { Snapshot } from './snapshot.ts';
import { createSnapshotSource, type SnapshotSource } from './source.ts';
import { learnSubmodules } from './submodules.ts';
import { readTarget } from './symlinks.ts';

/** A repository as a backend. It asks for nothing before its first verb. */
export function createGitHubBackend(options: GitHubOptions, context: BackendContext): FsBackend {
  const settings = settingsOf(options);
  const client = createClient(settings, context);
  return backendOf(createSnapshotSource(client, settings, settings.ref), { client, settings });
}

interface Shared {
  readonly client: GitHubClient;
  readonly settings: GitHubSettings;
}

/** A node with what is needed to show it. */
interface Found {
  readonly node: TreeNode;
  readonly snapshot: Snapshot;
}

/** @param pinnedTo whether it is one revision of another backend, with which it is closed. */
function backendOf(source: SnapshotSource, shared: Shared, pinnedTo?: Revision): FsBackend {
  const { client, settings } = shared;
  const immutable = pinnedTo !== undefined || isFullSha(source.ref);

  function* find(path: string, call: CallContext, op: string): Steps<Found> {
    throwIfAborted(call.signal, op, path);
    let snapshot: Snapshot | undefined;
    try {
      snapshot = yield* wait(source.current(call, { op, path }));
      return { snapshot, node: yield* wait(snapshot.tree.find(joinPath(settings.path, path.slice(1)), call, op)) };
    } catch (error) {
      // A call that was shared tells of the path of whoever came first.
      throw isFsError(error) ? yield* atMount(error, snapshot, path, call, op) : error;
    }
  }

  // What the user calls `path` is below the directory that was mounted; and where that is missing, nothing else is to blame.
  function* atMount(
    error: FsError,
    snapshot: Snapshot | undefined,
    path: string,
    call: CallContext,
    op: string,
  ): Steps<FsError> {
    const { code, cause } = error;
    const absent = code === 'ENOENT' || code === 'ENOTDIR';
    if (snapshot === undefined || settings.path === '/' || !absent) return errorAt(error, path, op);
    try {
      const top = yield* wait(snapshot.tree.find(settings.path, call, op));
      if (top.type === 'directory') return errorAt(error, path, op);
    } catch {
      // It is missing itself.
    }
    return new FsError(code, { op, path, cause, detail: "the repository has no directory as the option 'path' says" });
  }

  function* read(path: string, request: ReadRequest, call: CallContext): Steps<ReadAnswer> {
    const where = { op: 'read', path };
    throwIfAborted(call.signal, 'read', path);
    const inside = joinPath(settings.path, path.slice(1));
    const guess =
      source.shown === undefined
        ? guessContent(client, { ref: source.ref, path: inside, locator: request.locator }, call, where)
        : undefined;
    try {
      const { node, snapshot } = yield* find(path, call, 'read');
      if (node.type === 'directory' || node.type === 'submodule') throw new FsError('EISDIR', where);
      if (node.type === 'symlink') throw new FsError('ELOOP', where);
      if (request.pin !== undefined && request.pin.token !== node.sha) throw new FsError('ESTALE', where);
      const guessed = guess === undefined ? undefined : yield* wait(guess.take(node.sha, node.size));
      const body = guessed ?? (yield* wait(readBlob(client, node, call, where)));
      if (inside === '/.gitmodules') learnSubmodules(snapshot.tree, body, settings);
      return { entry: entryOf(node, '', snapshot.mtimeNs), start: 0, body };
    } finally {
      guess?.drop();
    }
  }

  function* list(path: string, recursive: boolean, call: CallContext): Steps<{ entries: readonly Entry[] }> {
    const where = { op: 'list', path };
    const { node, snapshot } = yield* find(path, call, 'list');
    if (node.type === 'submodule') return { entries: [] };
    if (node.type !== 'directory') throw new FsError('ENOTDIR', where);
    const { tree, mtimeNs } = snapshot;
    const below = recursive
      ? yield* wait(tree.everythingBelow(node, call, where))
      : yield* wait(tree.childrenOf(node, call, where));
    return { entries: Array.from(below, ([name, child]) => entryOf(child, name, mtimeNs)) };
  }

  function* readlink(path: string, call: CallContext): Steps<string> {
    const { node } = yield* find(path, call, 'readlink');
    if (node.type !== 'symlink') throw new FsError('EINVAL', { op: 'readlink', path });
    return node.target ?? (yield* wait(remember(node, path, call)));
  }

  async function remember(node: SymlinkNode, path: string, call: CallContext): Promise<string> {
    node.target = await readTarget(client, node, call, { op: 'readlink', path });
    return node.target;
  }

  return {
    abi: 1,
    id: idOf(settings),
    capabilities: declareCapabilities({
      recursiveList: true,
      symlinks: true,
      versions: 'content',
      revisions: true,
      immutable,
    }),
    stat: (path, _request, call) =>
      run(function* () {
        const { node, snapshot } = yield* find(path, call, 'stat');
        return entryOf(node, '', snapshot.mtimeNs);
      }),
    list: (path, { recursive = false }, call) => run(() => list(path, recursive, call)),
    read: (path, request, call) => run(() => read(path, request, call)),
    readlink: (path, call) => run(() => readlink(path, call)),
    resolve: (call): MaybePromise<Revision> => pinnedTo ?? source.resolve(call, { op: 'resolve' }),
    at(revision): FsBackend {
      const known = source.shown?.revision === revision.id ? source.shown : undefined;
      const pinned = createSnapshotSource(client, settings, revision.id, known);
      return backendOf(pinned, shared, revision);
    },
    unreachable: (call) =>
      run(function* () {
        const { node, snapshot } = yield* find('/', call, 'unreachable');
        if (node.type !== 'directory') return [];
        return yield* wait(snapshot.tree.unreachableBelow(node, call, { op: 'unreachable', path: '/' }));
      }),
    close: async () => {
      if (pinnedTo === undefined) await client.close();
    },
  };
}

/** The namespace of what is cached: the repository, with its host where that is not github.com and its directory where that is not the root. */
function idOf({ baseUrl, owner, name, path }: GitHubSettings): string {
  const { host } = new URL(baseUrl);
  const place = host === 'api.github.com' ? '' : `${host}/`;
  return `github:${place}${owner}/${name}${path === '/' ? '' : `:${path}`}`;
}

import {
  type BackendContext,
  type Bytes,
  type CallContext,
  canceled,
  chain,
  declareCapabilities,
  type Entry,
  errorAt,
  type FsBackend,
  FsError,
  isFsError,
  joinPath,
  linkSignals,
  type MaybePromise,
  type ReadAnswer,
  type ReadManyAnswer,
  type ReadManyRequest,
  type ReadRequest,
  recover,
  type Revision,
  run,
  type Steps,
  throwIfAborted,
  wait,
} from '@mountkit/core';
import type { BlobPlace } from './blob-reader.ts';
import type { IndexedBlob } from './bulk/tree-index.ts';
import { type Guess, guessContent } from './cold-read.ts';
import type { Where } from './errors.ts';
import { isUnlearned, learnPointer, learnPointers } from './lfs/lfs-files.ts';
import { entryOf, type FileNode, type SymlinkNode, type TreeNode, versionTokenOf } from './node.ts';
import { type GitHubOptions, type GitHubSettings, isFullSha, settingsOf } from './options.ts';
import { asTheyCome } from './read-many.ts';
import type { Snapshot } from './snapshot.ts';
import { createSnapshotSource, type SnapshotSource } from './source.ts';
import { learnSubmodules } from './submodules.ts';
import { readTarget } from './symlinks.ts';
import { createTransports, type Transports } from './transports.ts';

/** A repository as a backend. It asks for nothing before its first verb. */
export function createGitHubBackend(options: GitHubOptions, context: BackendContext): FsBackend {
  const settings = settingsOf(options);
  const transports = createTransports(settings, context);
  return backendOf(createSnapshotSource(transports.client, settings, settings.ref), { transports, settings });
}

interface Shared {
  readonly transports: Transports;
  readonly settings: GitHubSettings;
}

/** A node with what is needed to show it. */
interface Found {
  readonly node: TreeNode;
  readonly snapshot: Snapshot;
}

/** A file that can be read. */
interface FoundFile {
  readonly node: FileNode;
  readonly place: BlobPlace;
  /** The version it has to be. */
  readonly pin: ReadRequest['pin'];
}

/** @param pinnedTo whether it is one revision of another backend, with which it is closed. */
function backendOf(source: SnapshotSource, shared: Shared, pinnedTo?: Revision): FsBackend {
  const { transports, settings } = shared;
  const { client, bulk, blobs, lfs } = transports;
  const fetchesLfs = settings.lfs === 'fetch';
  const immutable = pinnedTo !== undefined || isFullSha(source.ref);

  function* find(path: string, call: CallContext, op: string): Steps<Found> {
    throwIfAborted(call.signal, op, path);
    let snapshot: Snapshot | undefined;
    try {
      snapshot = yield* wait(source.current(call, { op, path }));
      return { snapshot, node: yield* wait(snapshot.tree.find(insideOf(path), call, op)) };
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
    const { code } = error;
    const absent = code === 'ENOENT' || code === 'ENOTDIR';
    if (snapshot === undefined || settings.path === '/' || !absent) return errorAt(error, path, op);
    try {
      const top = yield* wait(snapshot.tree.find(settings.path, call, op));
      if (top.type === 'directory') return errorAt(error, path, op);
    } catch {
      // It is missing itself.
    }
    return new FsError('EINVAL', {
      op,
      path,
      cause: error,
      detail: "the repository has no directory as the option 'path' says",
    });
  }

  const insideOf = (path: string): string => joinPath(settings.path, path.slice(1));

  function* findFile(path: string, pin: ReadRequest['pin'], call: CallContext): Steps<FoundFile> {
    const where = { op: 'read', path };
    const { node, snapshot } = yield* find(path, call, 'read');
    if (node.type === 'directory' || node.type === 'submodule') throw new FsError('EISDIR', where);
    if (node.type === 'symlink') throw new FsError('ELOOP', where);
    return { node, pin, place: { snapshot, path: insideOf(path) } };
  }

  function* contentOf(file: FoundFile, guess: Guess | undefined, call: CallContext, where: Where): Steps<ReadAnswer> {
    const { node, place } = file;
    // Whether LFS keeps it, and so its version, may show only with its blob.
    const open = fetchesLfs && isUnlearned(node);
    if (!open) confirmPin(file, where);
    let body: Bytes = [];
    if (!node.lfs) {
      const guessed = guess === undefined ? undefined : yield* wait(guessedContent(file, guess));
      body = guessed ?? (yield* wait(blobs.read(node, place, call, where)));
    }
    if (open) {
      learnPointer(node, body);
      confirmPin(file, where);
    }
    if (node.lfs) body = yield* wait(lfs.read(node.lfs, call, where));
    if (place.path === '/.gitmodules') learnSubmodules(place.snapshot.tree, body, settings);
    return { entry: entryOf(node, '', place.snapshot.mtimeNs), start: 0, body };
  }

  async function guessedContent({ node, place }: FoundFile, guess: Guess): Promise<Bytes | undefined> {
    const asked = bulk.asking(node.sha);
    try {
      const body = await guess.take(node.sha, node.size);
      // It was a miss as any other.
      if (body !== undefined) bulk.missed(place.path, node.sha, place.snapshot);
      return body;
    } finally {
      asked();
    }
  }

  function* read(path: string, request: ReadRequest, call: CallContext): Steps<ReadAnswer> {
    const where = { op: 'read', path };
    throwIfAborted(call.signal, 'read', path);
    const inside = insideOf(path);
    const guess =
      !source.isLoaded && settings.transport !== 'git'
        ? guessContent(client, { ref: source.ref, path: inside, locator: request.locator }, call, where)
        : undefined;
    try {
      return yield* contentOf(yield* findFile(path, request.pin, call), guess, call, where);
    } finally {
      guess?.drop();
    }
  }

  async function* readMany(
    wanted: readonly ReadManyRequest[],
    call: CallContext,
  ): AsyncGenerator<ReadManyAnswer, void, undefined> {
    const link = linkSignals(call.signal);
    const linked = { ...call, signal: link.signal };
    let finished = false;
    try {
      const found = new Map<IndexedBlob, { readonly path: string; readonly file: FoundFile }>();
      for (const { path, pin } of wanted) {
        try {
          const file = await run(() => findFile(path, pin, linked));
          found.set({ path: file.place.path, oid: file.node.sha, size: file.node.size ?? 0 }, { path, file });
        } catch (error) {
          yield { path, error };
        }
      }
      if (call.priority === 'ahead') {
        // Somebody reads one file after the other; what is read ahead for him would have been missed next.
        for (const { file } of found.values()) bulk.missed(file.place.path, file.node.sha, file.place.snapshot);
      }
      for (const portion of bulk.portionsOf([...found.keys()])) {
        const files = portion.flatMap((blob) => found.get(blob) ?? []);
        const [first] = files;
        if (first !== undefined) bulk.fetch(portion, first.file.place.snapshot);
        yield* asTheyCome(files, settings.limits.concurrency, ({ path, file }) => readOne(path, file, linked));
      }
      finished = true;
    } finally {
      // Where nobody reads on, the calls under way end.
      if (finished) link.unlink();
      else link.abort(canceled('readMany'));
    }
  }

  function readOne(path: string, file: FoundFile, call: CallContext): MaybePromise<ReadManyAnswer> {
    return recover<ReadManyAnswer>(
      () =>
        chain(
          run(() => contentOf(file, undefined, call, { op: 'read', path })),
          ({ entry, body }) => ({ path, entry, body: body as Bytes }),
        ),
      (error) => ({ path, error }),
    );
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
    const inside = insideOf(path);
    // The sizes of what LFS keeps stand in the pointers only.
    if (fetchesLfs) {
      const placed = Array.from(below, ([name, child]) => ({
        node: child,
        place: { snapshot, path: joinPath(inside, name) },
      }));
      yield* wait(learnPointers(placed, { blobs, bulk }, call, where));
    }
    return { entries: Array.from(below, ([name, child]) => entryOf(child, name, mtimeNs)) };
  }

  function* readlink(path: string, call: CallContext): Steps<string> {
    const { node, snapshot } = yield* find(path, call, 'readlink');
    if (node.type !== 'symlink') throw new FsError('EINVAL', { op: 'readlink', path });
    return node.target ?? (yield* wait(remember(node, { snapshot, path: insideOf(path) }, path, call)));
  }

  async function remember(node: SymlinkNode, place: BlobPlace, path: string, call: CallContext): Promise<string> {
    node.target = await readTarget(blobs, node, place, call, { op: 'readlink', path });
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
      readMany: true,
      immutable,
    }),
    stat: (path, _request, call) =>
      run(function* () {
        const { node, snapshot } = yield* find(path, call, 'stat');
        if (fetchesLfs) {
          const placed = { node, place: { snapshot, path: insideOf(path) } };
          yield* wait(learnPointers([placed], { blobs, bulk }, call, { op: 'stat', path }));
        }
        return entryOf(node, '', snapshot.mtimeNs);
      }),
    list: (path, { recursive = false }, call) => run(() => list(path, recursive, call)),
    read: (path, request, call) => run(() => read(path, request, call)),
    readMany,
    readlink: (path, call) => run(() => readlink(path, call)),
    resolve: (call): MaybePromise<Revision> => pinnedTo ?? source.resolve(call, { op: 'resolve' }),
    at(revision): FsBackend {
      const pinned = createSnapshotSource(client, settings, revision.id, source.known(revision.id));
      return backendOf(pinned, shared, revision);
    },
    unreachable: (call) =>
      run(function* () {
        const { node, snapshot } = yield* find('/', call, 'unreachable');
        if (node.type !== 'directory') return [];
        return yield* wait(snapshot.tree.unreachableBelow(node, call, { op: 'unreachable', path: '/' }));
      }),
    close: async () => {
      if (pinnedTo === undefined) await transports.close();
    },
  };
}

function confirmPin({ node, pin }: FoundFile, where: Where): void {
  if (pin !== undefined && pin.token !== versionTokenOf(node)) throw new FsError('ESTALE', { ...where });
}

/** The namespace of what is cached: the repository, with its host where that is not github.com and its directory where that is not the root. */
function idOf({ baseUrl, owner, name, path }: GitHubSettings): string {
  const { host } = new URL(baseUrl);
  const place = host === 'api.github.com' ? '' : `${host}/`;
  return `github:${place}${owner}/${name}${path === '/' ? '' : `:${path}`}`;
}

import { type CallContext, chain, type MaybePromise, type Revision } from '@mountkit/core';
import type { GitHubClient } from './client.ts';
import type { Where } from './errors.ts';
import { type GitHubSettings, isFullSha } from './options.ts';
import { currentRevision } from './revision.ts';
import { createSharedCalls } from './shared-calls.ts';
import { loadSnapshot, revisionOf, type Snapshot } from './snapshot.ts';

/** The state a backend shows: pinned at first use, and kept. */
export interface SnapshotSource {
  /** What is asked for: a branch, a tag, a sha. */
  readonly ref: string;
  /** Whether something is shown. */
  readonly isLoaded: boolean;
  /** A state that was loaded already: what is shown, or what {@link resolve} found last. */
  known(revision: string): Snapshot | undefined;
  /** What is shown, loaded at first use. Callers at once share the load; a failure is not kept. */
  current(context: CallContext, where: Where): MaybePromise<Snapshot>;
  /**
   * What the ref names at the origin now. Before the first use that is what will be shown, loaded now; later one conditional request, and what it has moved to is loaded
   * before it is told: replicas know a commit before they have its tree. A sha is what it is.
   */
  resolve(context: CallContext, where: Where): MaybePromise<Revision>;
}

/**
 * The source of one ref.
 *
 * @param known a snapshot that was loaded already, if it is the one.
 */
export function createSnapshotSource(
  client: GitHubClient,
  { mtime }: Pick<GitHubSettings, 'mtime'>,
  ref: string,
  known?: Snapshot,
): SnapshotSource {
  const flight = createSharedCalls<'snapshot', Snapshot>('mount');
  let shown = known;
  // What the origin said last, for the next condition; and its state, where it has moved.
  let latest: Revision | undefined;
  let moved: Snapshot | undefined;

  function current(call: CallContext, where: Where): MaybePromise<Snapshot> {
    return (
      shown ??
      flight.do('snapshot', call, async (shared) => {
        shown = await loadSnapshot(client, ref, mtime, shared, where);
        return shown;
      })
    );
  }

  async function ask(from: Revision, context: CallContext, where: Where): Promise<Revision> {
    const found = await currentRevision(client, ref, from, context, where);
    if (found.id !== from.id && found.id !== shown?.revision) {
      moved = await loadSnapshot(client, found.id, mtime, context, where);
    }
    latest = found;
    return found;
  }

  return {
    ref,
    get isLoaded(): boolean {
      return shown !== undefined;
    },
    known: (revision) => [shown, moved].find((each) => each?.revision === revision),
    current,
    resolve(context, where): MaybePromise<Revision> {
      if (isFullSha(ref)) return shown === undefined ? { id: ref } : revisionOf(shown);
      if (shown === undefined) return chain(current(context, where), revisionOf);
      return ask(latest ?? revisionOf(shown), context, where);
    },
  };
}

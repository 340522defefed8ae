import {
  type BackendContext,
  type CallContext,
  createSingleFlight,
  type MaybePromise,
  type Revision,
} from '@mountkit/core';
import type { GitHubClient } from './client.ts';
import type { Where } from './errors.ts';
import { isFullSha, type GitHubSettings } from './options.ts';
import { currentRevision } from './revision.ts';
import { loadSnapshot, revisionOf, type Snapshot } from './snapshot.ts';

/** The state a backend shows: pinned at first use, and kept unless it follows its ref. */
export interface SnapshotSource {
  /** What is asked for: a branch, a tag, a sha. */
  readonly ref: string;
  /** What is shown now; undefined before the first use. */
  readonly shown: Snapshot | undefined;
  /** What is to be shown, loaded where need be. Callers at once share the load; a failure is not kept. */
  current(context: CallContext, where: Where): MaybePromise<Snapshot>;
  /** What the ref names at the origin now, by one conditional request; nothing is asked where that can't change. */
  resolve(context: CallContext, where: Where): MaybePromise<Revision>;
}

/** How long a followed ref is believed, in milliseconds. */
const followMs = 60_000;

/**
 * The source of one ref.
 *
 * @param known a snapshot that was loaded already, if it is the one.
 */
export function createSnapshotSource(
  client: GitHubClient,
  { mtime, follow }: Pick<GitHubSettings, 'mtime' | 'follow'>,
  ref: string,
  { clock }: Pick<BackendContext, 'clock'>,
  known?: Snapshot,
): SnapshotSource {
  const flight = createSingleFlight<'snapshot', Snapshot>('mount');
  const pinned = isFullSha(ref);
  let shown = known;
  let lookedAtMs = clock.now();

  async function load(context: CallContext, where: Where): Promise<Snapshot> {
    const askedAtMs = clock.now();
    let wanted = ref;
    if (shown !== undefined) {
      const { id } = await currentRevision(client, ref, shown, context, where);
      wanted = id;
    }
    if (shown === undefined || wanted !== shown.revision) {
      shown = await loadSnapshot(client, wanted, mtime, context, where);
    }
    lookedAtMs = askedAtMs;
    return shown;
  }

  return {
    ref,
    get shown(): Snapshot | undefined {
      return shown;
    },
    current(context, where): MaybePromise<Snapshot> {
      const { signal, ...rest } = context;
      const due = follow && !pinned && clock.now() - lookedAtMs >= followMs;
      if (shown !== undefined && !due) return shown;
      return flight.do('snapshot', signal, (signal) => load({ ...rest, signal }, where));
    },
    resolve(context, where): MaybePromise<Revision> {
      if (!pinned) return currentRevision(client, ref, shown, context, where);
      return shown === undefined ? { id: ref } : revisionOf(shown);
    },
  };
}

import { type BackendContext, type FsBackend, type MaybePromise, systemClock } from '@mountkit/core';
import { cases } from '../cases/index.ts';
import { checkConformance, type CheckOptions } from '../conformance.ts';
import { createKitContext } from '../context.ts';
import type { FixtureTree } from '../fixture-tree.ts';
import { createProbe } from '../probe.ts';
import type { Report } from '../report.ts';
import type { Face, Skip } from '../subject.ts';
import { treeOfManifest } from './manifest-tree.ts';
import { surveyTree } from './survey.ts';

/** A backend over a remote that is there and is not to be disturbed. */
export interface LiveSubject {
  /** What the report calls it. @default 'backend' */
  readonly name?: string;
  create(context: BackendContext): MaybePromise<FsBackend>;
  /** The text of a manifest of what the remote holds, as `manifestOf` makes it. @default a part of the remote is read, and held against itself */
  readonly manifest?: string;
  /** Every credential the backend is given. */
  readonly secrets: readonly string[];
  /** Cases that cannot hold for this remote. What needs an origin that can be moved is skipped by itself. */
  readonly skips?: readonly Skip[];
  /** @default all three */
  readonly faces?: readonly Face[];
  /** How long one call may take, in milliseconds. @default 30,000 */
  readonly deadlineMs?: number;
}

const untouched = 'a live remote is not changed, cut off, held or put behind a proxy for a test';
const unknownCost = 'how many requests are right is known for the tree of the kit only';

/**
 * Runs the cases that only look against a live remote. They read: a few files again and again, some hundred requests.
 *
 * @throws {@link FsError} what the backend throws before there is anything to compare with: an outage, a refusal; EINVAL for a manifest that is none, EIO for a remote
 * that does not hold what it says; ECANCELED. AssertionError for a skip that names no case or gives no reason.
 */
export async function checkLive(subject: LiveSubject, options: CheckOptions = {}): Promise<Report> {
  const { name = 'backend', faces, deadlineMs = 30_000, skips = [], secrets } = subject;
  const tree = await treeOfRemote(subject, deadlineMs, options.signal);
  const unfit = cases.flatMap(({ id, needs = [] }): readonly Skip[] => {
    if (needs.some((ability) => ability !== 'secrets')) return [{ id, reason: untouched }];
    return id.startsWith('budgets.') && tree.isPartial === true ? [{ id, reason: unknownCost }] : [];
  });
  const create = (context: BackendContext): MaybePromise<FsBackend> => subject.create(context);
  const given = { name, create, deadlineMs, fixture: { tree, secrets }, skips: [...skips, ...unfit] };
  return checkConformance({ ...given, ...(faces !== undefined && { faces }) }, options);
}

async function treeOfRemote(
  subject: LiveSubject,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<FixtureTree> {
  const probe = createProbe(deadlineMs);
  const timeoutMs = Math.ceil(deadlineMs / 2);
  const kit = createKitContext({ clock: systemClock, timeoutMs, seed: 1, onRequest: () => undefined });
  const backend = await subject.create(kit.context);
  try {
    const { manifest } = subject;
    return manifest === undefined
      ? await surveyTree(backend, probe, {}, signal)
      : await treeOfManifest(manifest, backend, probe, signal);
  } finally {
    kit.close();
    await backend.close?.();
  }
}

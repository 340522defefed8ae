import type { Clock, RequestEvent } from '@mountkit/core';
import type { FixtureTree } from './fixture-tree.ts';
import type { Probe } from './probe.ts';
import { createProbe } from './probe.ts';
import { pickRoles, type Roles } from './roles.ts';
import { seededRandom } from './seeded.ts';
import { originPath, shownTree } from './shown-tree.ts';
import type { Face, Fixture, Subject } from './subject.ts';
import { openView, type View } from './view.ts';

/** What the cases of one face work with. */
export interface Bench {
  readonly face: Face;
  readonly subject: Subject;
  readonly fixture: Fixture;
  /** As the backend has to show it. */
  readonly tree: FixtureTree;
  readonly roles: Roles;
  /** How the fixture calls what is shown at a path. */
  originPath(path: string): string;
  readonly probe: Probe;
  readonly deadlineMs: number;
  /** Everything told through `onRequest`. */
  readonly events: readonly RequestEvent[];
  /** The same numbers for every case that asks with the same text. */
  random(name: string): () => number;
  /** The one view the cases share that only look. */
  view(): Promise<View>;
  /** A view of its own for a case; closed when `use` has settled. */
  fresh<T>(use: (view: View) => Promise<T>, options?: FreshOptions): Promise<T>;
  /** Computed once for all cases of the face. */
  once<T>(key: string, compute: () => Promise<T>): Promise<T>;
  /** How many requests the origin has got. */
  requests(): number;
  /** Closes the shared view. */
  close(): Promise<void>;
}

/** How a view of a case's own is opened. */
export interface FreshOptions {
  /** Believe attributes as a mount does by default. @default false */
  readonly warm?: boolean;
  /** @default the subject's */
  readonly create?: Subject['create'];
  /** How long the origin may be silent, in milliseconds. @default half the deadline for the backend, all of it for the layers */
  readonly timeoutMs?: number;
  /** @default the clock of the machine */
  readonly clock?: Clock;
}

/** A bench over a fixture. */
export function createBench(subject: Subject, fixture: Fixture, face: Face): Bench {
  const { deadlineMs = 10_000, seed = 1 } = subject;
  const events: RequestEvent[] = [];
  const probe = createProbe(deadlineMs);
  const known = new Map<string, Promise<unknown>>();
  const tree = shownTree(fixture.tree);
  let shared: Promise<View> | undefined;

  const open = ({
    create = (context) => subject.create(context),
    timeoutMs,
    ...options
  }: FreshOptions): Promise<View> =>
    probe.call('create', () =>
      openView(face, {
        ...options,
        create,
        seed,
        timeoutMs: { own: timeoutMs ?? Math.ceil(deadlineMs / 2), layers: timeoutMs ?? deadlineMs },
        onRequest: (event) => void events.push(event),
      }),
    );
  // Whether a backend closes is a case of its own.
  const shut = async (view: View): Promise<void> => {
    await probe.failure('close', () => view.close()).catch(() => undefined);
  };

  return {
    face,
    subject,
    fixture,
    tree,
    roles: pickRoles(tree),
    originPath: (path) => originPath(fixture.tree, path),
    probe,
    deadlineMs,
    events,
    random: (name) => seededRandom(seed + name.length * 31 + (name.codePointAt(0) ?? 0)),
    view: () => (shared ??= open({})),
    async fresh(use, options = {}) {
      const view = await open(options);
      try {
        return await use(view);
      } finally {
        await shut(view);
      }
    },
    once<T>(key: string, compute: () => Promise<T>): Promise<T> {
      let value = known.get(key) as Promise<T> | undefined;
      if (value === undefined) known.set(key, (value = compute()));
      return value;
    },
    requests: () => fixture.requests?.() ?? events.length,
    async close() {
      const view = await shared?.catch(() => undefined);
      if (view !== undefined) await shut(view);
    },
  };
}

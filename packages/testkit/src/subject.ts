import type { BackendContext, Capabilities, FsBackend, MaybePromise } from '@mountkit/core';
import type { FixtureTree } from './fixture-tree.ts';

/** Takes back what a fixture did. */
export type Restore = () => MaybePromise<void>;

/** The origin behind the backend under test, as far as the kit can move it. The more it offers, the more is tested. */
export interface Fixture {
  /** What the origin holds, see {@link fixtureTree}. */
  readonly tree: FixtureTree;
  /** Every credential the backend is given. They are looked for in all it says. */
  readonly secrets?: readonly string[];
  /** Gives a file of the tree other bytes, at the origin. */
  mutate?(path: string, bytes: Uint8Array): MaybePromise<void>;
  /** Makes the origin unreachable, as a cut line or 503 does. */
  outage?(): MaybePromise<Restore>;
  /** Makes the origin refuse this file or all of it, as 403 does. */
  deny?(path: string): MaybePromise<Restore>;
  /** Makes the origin take requests and answer none until it is restored. */
  hold?(): MaybePromise<Restore>;
  /** For a backend that speaks HTTP: the origin's address, so that the kit can put a proxy before it that spoils answers. */
  readonly http?: HttpFixture;
  /** How many requests the origin has counted so far. Left out, the request events of the backend are counted. */
  requests?(): number;
  /** Lets go of what the fixture holds. Called once, after the last case. */
  close?(): MaybePromise<void>;
}

/** An HTTP origin that can be reached through another address. */
export interface HttpFixture {
  /** The base URL the backend is given. Its scheme, host and port are replaced by those of the proxy, on loopback; its path stays. */
  readonly url: string;
  /** A new backend over the same origin and tree, at that base URL. */
  create(url: string, context: BackendContext): MaybePromise<FsBackend>;
}

/** What a fixture may offer beside its tree. */
export type FixtureAbility = 'secrets' | 'mutate' | 'outage' | 'deny' | 'hold' | 'http';

/** Where the cases are run: on the backend itself, on the layers over it, and on a filesystem in which they are mounted at /a/b/c. */
export type Face = 'raw' | 'layers' | 'mounted';

/** A case that is not to be run, and why. */
export interface Skip {
  /** The id of a case, e.g. 'ranges.partial', or of a group, 'http.*'; with a face before it, 'mounted:errors.below-file', on that face only. */
  readonly id: string;
  readonly reason: string;
}

/** Most requests a backend may make. */
export interface Budgets {
  /** For the first read of a small file. @default 1 */
  readonly coldRead?: number;
  /** For the listing of a directory of 120 files with all their attributes. @default 1 */
  readonly list?: number;
  /** For reading a small file once more. @default 1 */
  readonly warmRead?: number;
}

/** A backend under test. */
export interface Subject {
  /** What the report calls it. @default 'backend' */
  readonly name?: string;
  /** A new backend over the fixture's origin. It is called many times; the kit closes what it got. */
  create(context: BackendContext): MaybePromise<FsBackend>;
  /** Called once, before the first case, where it is a function. */
  readonly fixture: Fixture | (() => MaybePromise<Fixture>);
  /** What the backend is expected to declare. Left out, the kit believes what it declares. */
  readonly capabilities?: Partial<Capabilities>;
  /** Cases that cannot hold for this origin. One that needs what the fixture does not offer fails until it is named here. */
  readonly skips?: readonly Skip[];
  readonly budgets?: Budgets;
  /** @default all three */
  readonly faces?: readonly Face[];
  /** How long one call may take in milliseconds before it counts as hanging. @default 10,000 */
  readonly deadlineMs?: number;
  /** Of all that is random. @default 1 */
  readonly seed?: number;
}

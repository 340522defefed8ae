import type { Capabilities } from '@mountkit/core';
import type { Bench } from './bench.ts';
import type { Roles } from './roles.ts';
import type { Face, FixtureAbility } from './subject.ts';

/** One thing a backend promises. */
export interface Case {
  /** Stable: 'group.promise'. */
  readonly id: string;
  /** The promise, in one sentence. */
  readonly says: string;
  /** @default all */
  readonly faces?: readonly Face[];
  /** Whether a backend with these capabilities promises it. @default every backend */
  readonly applies?: (capabilities: Capabilities) => boolean;
  /** What the fixture has to offer. */
  readonly needs?: readonly FixtureAbility[];
  /** Why there is nothing to test it with in the tree; undefined where there is. */
  readonly lacks?: (roles: Roles) => string | undefined;
  /** @returns 'does not apply' where it turned out that there is nothing to test. @throws what is wrong. */
  run(bench: Bench): Promise<'does not apply' | void> | void;
}

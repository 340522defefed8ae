import { AssertionError } from 'node:assert';
import type { Bench } from './bench.ts';
import type { Case } from './case.ts';
import { describeError } from './probe.ts';
import { needleOf } from './secret-search.ts';
import type { FixtureAbility } from './subject.ts';

/** How a case ended. */
export type Verdict =
  | { readonly outcome: 'pass' }
  | { readonly outcome: 'fail'; readonly message: string; readonly error: Error }
  | { readonly outcome: 'does not apply'; /** What of the tree is missing. */ readonly reason?: string };

/** Runs one case on a bench. It never throws. */
export async function runCase(bench: Bench, each: Case): Promise<Verdict> {
  try {
    const { backend } = await bench.view();
    if (each.applies?.(backend.capabilities) === false) return { outcome: 'does not apply' };
    const reason = each.lacks?.(bench.roles);
    if (reason !== undefined) return { outcome: 'does not apply', reason };
    for (const ability of each.needs ?? []) {
      if (isNotThere(bench, ability)) return { outcome: 'does not apply' };
      if (bench.fixture[ability] === undefined) return failed(bench, each, missing(each, ability));
    }
    return { outcome: (await each.run(bench)) ?? 'pass' };
  } catch (error) {
    return failed(bench, each, error instanceof AssertionError ? error.message : describeError(error));
  }
}

/** There is no credential, or no HTTP: an origin of that kind is told of in the events. */
function isNotThere({ fixture, events }: Bench, ability: FixtureAbility): boolean {
  if (ability === 'secrets') return fixture.secrets?.length === 0;
  return ability === 'http' && fixture.http === undefined && !events.some(({ origin }) => /^https?:/i.test(origin));
}

function missing({ id }: Case, ability: FixtureAbility): string {
  return `the fixture offers no '${ability}': offer it, or declare a skip { id: '${id}', reason }`;
}

function failed(bench: Bench, { id, says }: Case, fault: string): Verdict {
  const message = redacted(bench, `${id} (${bench.face}): ${says}\n${fault}`);
  return { outcome: 'fail', message, error: new AssertionError({ message }) };
}

/** A report is published: what a broken backend let slip must not be in it. */
function redacted(bench: Bench, text: string): string {
  let shown = text;
  for (const secret of bench.fixture.secrets ?? []) {
    for (const shape of needleOf(secret)) shown = shown.replaceAll(shape, '[secret]');
  }
  return shown;
}

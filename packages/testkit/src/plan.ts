import { type Capabilities, declareCapabilities } from '@mountkit/core';
import type { Case } from './case.ts';
import { cases } from './cases/index.ts';
import { mountedCapabilities } from './mounted-backend.ts';
import type { Face, Subject } from './subject.ts';

/** A case on a face, and why it will not be run where that is known beforehand. */
export interface PlannedCase {
  readonly face: Face;
  readonly case: Case;
  /** The reason of a declared skip. */
  readonly skip?: string;
  /** Whether the expected capabilities alone say that this backend does not promise it. */
  readonly doesNotApply: boolean;
}

const faces: readonly Face[] = ['raw', 'layers', 'mounted'];

/** All cases of a subject in the order in which they are run. */
export function planCases(subject: Subject): readonly PlannedCase[] {
  const expected = subject.capabilities === undefined ? undefined : declareCapabilities(subject.capabilities);
  const planned: PlannedCase[] = [];
  for (const face of subject.faces ?? faces) {
    const capabilities = expected === undefined ? undefined : onFace(face, expected);
    for (const each of cases) {
      if (each.faces?.includes(face) === false) continue;
      const names = namesOf(each, face);
      const skip = subject.skips?.find(({ id }) => names.includes(id))?.reason;
      planned.push({
        face,
        case: each,
        ...(skip !== undefined && { skip }),
        doesNotApply: capabilities !== undefined && each.applies?.(capabilities) === false,
      });
    }
  }
  return planned;
}

/** What is left of the capabilities of a backend behind a face. */
function onFace(face: Face, capabilities: Capabilities): Capabilities {
  return face === 'mounted' ? mountedCapabilities(capabilities) : capabilities;
}

/** What a skip may call a case on a face. */
function namesOf({ id }: Case, face: Face): readonly string[] {
  const group = `${id.slice(0, id.indexOf('.'))}.*`;
  return [id, group, `${face}:${id}`, `${face}:${group}`];
}

/** What is wrong with the skips of a subject: they name no case, or say no reason. */
export function faultsOfSkips({ skips = [] }: Subject): readonly string[] {
  const known = new Set(cases.flatMap((each) => (each.faces ?? faces).flatMap((face) => namesOf(each, face))));
  return skips.flatMap(({ id, reason }) => [
    ...(known.has(id) ? [] : [`a skip names the case '${id}', which does not exist`]),
    ...(reason.trim() === '' ? [`the skip of '${id}' gives no reason`] : []),
  ]);
}

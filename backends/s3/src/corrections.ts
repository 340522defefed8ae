import { isElsewhere, isExpired, isSkewed } from './errors.ts';
import type { Identity } from './identity.ts';
import type { Refusal } from './plane.ts';

/** What can be put right about a request that was refused. */
export type Correction = 'region' | 'clock' | 'credentials';

/**
 * Puts right what a refusal is about: the bucket's region, our clock, credentials that have run out. Each is tried once for a call; what was learnt stays.
 *
 * @param usedRegion the one the request was signed for: another call may have moved on meanwhile.
 * @param tried what this call has tried; it is added to.
 * @returns whether asking again may help.
 */
export async function correct(
  identity: Identity,
  refusal: Refusal,
  usedRegion: string,
  tried: Set<Correction>,
): Promise<boolean> {
  if (isElsewhere(refusal)) {
    const region = refusal.header('x-amz-bucket-region') ?? refusal.element('Region');
    if (region === undefined || !/^[A-Za-z0-9-]{1,64}$/.test(region)) return false;
    // Where the region was right, the bucket has another endpoint, and that is not followed: nobody has said it may have the data.
    if (region === usedRegion || !once('region')) return false;
    identity.moveTo(region);
    return true;
  }
  if (isSkewed(refusal)) {
    const serverMs = Date.parse(refusal.header('date') ?? '');
    if (Number.isNaN(serverMs) || !once('clock')) return false;
    identity.setTime(serverMs);
    return true;
  }
  if (!isExpired(refusal) || !once('credentials')) return false;
  await identity.refresh();
  return true;

  function once(correction: Correction): boolean {
    if (tried.has(correction)) return false;
    tried.add(correction);
    return true;
  }
}

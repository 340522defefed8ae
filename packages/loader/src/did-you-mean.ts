import { distance } from 'fastest-levenshtein';

/** The known name that is closest to `name`; undefined where none is close: more than a third of the letters differ. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    const most = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (edits <= most && edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best;
}

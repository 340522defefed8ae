import type { ByteFetch, Fetch } from '../planner/index.ts';
import type { PlannedFile } from './planned-files.ts';

/** The fetches of a plan as requests: files that are read ahead whole go into one where their origin can do that. */
export function groupedFetches(
  fetches: readonly Fetch[],
  fileOf: (name: string) => PlannedFile | undefined,
): (Fetch | readonly ByteFetch[])[] {
  const goesWithOthers = (fetch: Fetch): fetch is ByteFetch => {
    if (fetch.kind !== 'bytes' || fetch.priority === 'demand') return false;
    const file = fileOf(fetch.file);
    return file?.origin.readMany !== undefined && fetch.range.start === 0 && fetch.range.end === file.stored.size;
  };
  const many = fetches.filter(goesWithOthers);
  if (many.length < 2) return [...fetches];
  return [...fetches.filter((fetch) => !many.includes(fetch as ByteFetch)), many];
}

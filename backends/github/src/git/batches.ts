/** A blob that is wanted, by its name, with its size as the tree tells it. */
export interface WantedBlob {
  readonly oid: string;
  /** In bytes; undefined where the tree did not tell. */
  readonly size: number | undefined;
}

/** Most objects asked for in one pack. */
export const packObjects = 500;
/** Most bytes asked for in one pack, but for a single larger object. */
export const packBytes: number = 16 * 1024 * 1024;

/** The wanted blobs in packs of at most {@link packObjects} objects or {@link packBytes}, in order; a larger one, or one of unknown size, alone. */
export function batchesOf(wanted: readonly WantedBlob[]): readonly (readonly WantedBlob[])[] {
  const batches: WantedBlob[][] = [];
  let bytes = Infinity;
  for (const blob of wanted) {
    const size = blob.size ?? packBytes;
    const last = batches.at(-1);
    if (last === undefined || last.length >= packObjects || bytes + size > packBytes) {
      batches.push([blob]);
      bytes = size;
    } else {
      last.push(blob);
      bytes += size;
    }
  }
  return batches;
}

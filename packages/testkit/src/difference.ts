// So many bytes are seldom twice in a file by chance.
const recognisable = 8;

/**
 * How bytes that came differ from those that had to come, in words; undefined where they are the same.
 *
 * @param file where `wanted` is a part of it: the whole, and where the part begins. Bytes from another place of it are known again.
 */
export function differenceOf(
  got: Uint8Array,
  wanted: Uint8Array,
  file?: { readonly bytes: Uint8Array; readonly from: number },
): string | undefined {
  if (Buffer.compare(got, wanted) === 0) return undefined;
  const place = file === undefined ? -1 : placeOf(got, file.bytes);
  if (file !== undefined && place >= 0 && place !== file.from) {
    return `what comes are the bytes from ${place} on, as if they were those from ${file.from} on`;
  }
  const at = wanted.findIndex((byte, index) => byte !== got[index]);
  if (at === -1) return `${got.byteLength} bytes come, ${got.byteLength - wanted.byteLength} more than there are`;
  if (at === got.byteLength) return `only the first ${at} of ${wanted.byteLength} bytes come`;
  const lengths = got.byteLength === wanted.byteLength ? '' : ` (${got.byteLength} come, ${wanted.byteLength} had to)`;
  return `byte ${at} is the first wrong one${lengths}`;
}

function placeOf(bytes: Uint8Array, file: Uint8Array): number {
  if (bytes.byteLength < recognisable) return -1;
  const whole = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  return whole.indexOf(bytes.subarray(0, Math.min(bytes.byteLength, 1024)));
}

/** A delta that does not fit its base, or is none. */
export class DeltaError extends Error {}

/**
 * Bytes rebuilt from a base by the instructions of gitformat-pack(5), "Deltified representation".
 *
 * @param maxBytes more than this is not built.
 * @throws {@link DeltaError}
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array, maxBytes: number): Buffer {
  let at = 0;

  const next = (): number => {
    const byte = delta[at];
    if (byte === undefined) throw new DeltaError('a delta that ends early');
    at += 1;
    return byte;
  };
  const size = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = next();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      if (factor > 2 ** 42) throw new DeltaError('a size without end');
    }
  };
  // Of the bytes of a number only those come whose bit is set.
  const parts = (bits: number, count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index += 1) if ((bits & (1 << index)) !== 0) value += next() * 256 ** index;
    return value;
  };

  if (size() !== base.length) throw new DeltaError('a delta of another base');
  const resultBytes = size();
  if (resultBytes > maxBytes) throw new DeltaError('a delta of more than was asked for');
  const result = Buffer.allocUnsafeSlow(resultBytes);
  let filled = 0;
  const put = (from: Uint8Array, start: number, length: number): void => {
    if (start + length > from.length || filled + length > resultBytes)
      throw new DeltaError('a delta out of its bounds');
    result.set(from.subarray(start, start + length), filled);
    filled += length;
  };

  while (at < delta.length) {
    const instruction = next();
    if (instruction >= 0x80) {
      const offset = parts(instruction, 4);
      const length = parts(instruction >> 4, 3);
      put(base, offset, length === 0 ? 0x10000 : length);
    } else if (instruction > 0) {
      put(delta, at, instruction);
      at += instruction;
    } else {
      throw new DeltaError('a reserved instruction');
    }
  }
  if (filled !== resultBytes) throw new DeltaError('a delta that does not give what it says');
  return result;
}

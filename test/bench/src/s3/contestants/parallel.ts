/** Reads a whole in parts, several at once, and hands them on in order. At most `most` parts are on their way or wait for their turn. */
export async function inOrder<T>(
  size: number,
  partBytes: number,
  most: number,
  read: (offset: number, length: number) => Promise<T>,
  take: (part: T) => void,
): Promise<void> {
  const parts: Promise<T>[] = [];
  let next = 0;
  const fill = (): void => {
    for (; next < size && parts.length < most; next += partBytes) {
      const part = read(next, Math.min(partBytes, size - next));
      // It is waited for later; until then nobody listens.
      part.catch(() => undefined);
      parts.push(part);
    }
  };
  fill();
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const got = await part;
    fill();
    take(got);
  }
}

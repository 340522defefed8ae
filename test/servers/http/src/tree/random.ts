import { createCipheriv, createHash } from 'node:crypto';

/**
 * Reproducible incompressible bytes: the AES-256-CTR key stream of the seed and label. The same arguments give the
 * same bytes, and a longer answer starts with the shorter one.
 *
 * @param label - Tells streams of one seed apart, usually a path.
 * @param size - Length in bytes.
 */
export function seededBytes(seed: number, label: string, size: number): Uint8Array {
  const key = createHash('sha256').update(`${seed}\0${label}`).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return new Uint8Array(cipher.update(Buffer.alloc(size)));
}

/** Reproducible text of numbered lines, which compresses well and shows at once which part of it was read. */
export function seededText(seed: number, label: string, size: number): Uint8Array {
  const lines: string[] = [];
  let length = 0;
  for (let line = 0; length < size; line += 1) {
    const text = `${seed} ${label} line ${line}\n`;
    lines.push(text);
    length += Buffer.byteLength(text);
  }
  return new Uint8Array(Buffer.from(lines.join(''), 'utf8').subarray(0, size));
}

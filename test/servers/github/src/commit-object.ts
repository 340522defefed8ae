import type { Buffer } from 'node:buffer';

/** Who and when, of an author, committer or tagger line. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  /** ISO 8601 in UTC, whole seconds. */
  readonly date: string;
}

/** A commit or tag object, taken apart. */
export interface ParsedObject {
  /** Header lines by name, in order; continuation lines are joined with LF. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Text after the first empty line, without its final LF. */
  readonly message: string;
}

/** Takes a commit or tag object apart. */
export function parseObject(body: Buffer): ParsedObject {
  const text = body.toString('utf8');
  const end = text.indexOf('\n\n');
  const headers = new Map<string, string[]>();
  const lines = text
    .slice(0, end === -1 ? text.length : end)
    .replaceAll('\n ', '\u0000')
    .split('\n');
  for (const line of lines) {
    const space = line.indexOf(' ');
    const name = line.slice(0, space);
    const values = headers.get(name) ?? [];
    values.push(line.slice(space + 1).replaceAll('\u0000', '\n'));
    headers.set(name, values);
  }
  return { headers, message: end === -1 ? '' : text.slice(end + 2).replace(/\n$/, '') };
}

/** Reads `Name <email> seconds zone`. */
export function parseSignature(line: string | undefined): Signature {
  const found = /^(.*?) ?<(.*)> (\d+) [+-]\d{4}$/.exec(line ?? '');
  const seconds = Number(found?.[3] ?? 0);
  return {
    name: found?.[1] ?? '',
    email: found?.[2] ?? '',
    date: new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'),
  };
}

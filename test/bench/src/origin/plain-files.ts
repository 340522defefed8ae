/** A file of the plain origin. */
export interface PlainFile {
  readonly size: number;
  /** The bytes from `start` to `end`. */
  read(start: number, end: number): Uint8Array;
  /** Whether the bytes are a listing of some kind rather than content. */
  readonly isListing?: boolean;
}

/** Files by path without a leading slash. */
export type PlainFiles = ReadonlyMap<string, PlainFile>;

/** A file that is in memory. */
export function stored(bytes: Uint8Array, isListing = false): PlainFile {
  return { size: bytes.length, read: (start, end) => bytes.subarray(start, end), isListing };
}

/** The page nginx's autoindex makes of a directory ('' or 'a/b/'), or undefined where there is none. */
export function autoindex(files: PlainFiles, directory: string): string | undefined {
  const children = new Map<string, number | undefined>();
  for (const [path, { size }] of files) {
    if (!path.startsWith(directory)) continue;
    const rest = path.slice(directory.length);
    const cut = rest.indexOf('/');
    if (cut < 0) children.set(rest, size);
    else children.set(rest.slice(0, cut + 1), undefined);
  }
  if (children.size === 0) return undefined;
  const rows = [...children]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, size]) => {
      const padding = ' '.repeat(Math.max(0, 50 - name.length));
      return `<a href="${name}">${name}</a>${padding} 01-Jan-2024 00:00 ${String(size ?? '-').padStart(19)}\r\n`;
    });
  const title = `Index of /${directory}`;
  return (
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<h1>${title}</h1><hr><pre><a href="../">../</a>\r\n` +
    `${rows.join('')}</pre><hr></body>\r\n</html>\r\n`
  );
}

/** All files in the format of a ZenFS index. */
export function zenfsIndex(files: PlainFiles): string {
  const entries: Record<string, Readonly<Record<string, unknown>>> = {};
  const time = Date.UTC(2024, 0, 1);
  const times = { atimeMs: time, mtimeMs: time, ctimeMs: time, birthtimeMs: time };
  let ino = 1;
  const add = (path: string, mode: number, size: number): void => {
    entries[path] ??= {
      ino: (ino += 1),
      data: ino,
      mode,
      size,
      nlink: 1,
      uid: 0,
      gid: 0,
      flags: 0,
      version: 0,
      ...times,
    };
  };
  add('/', 0o40_755, 4096);
  for (const [path, { size }] of files) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) add(`/${parts.slice(0, depth).join('/')}`, 0o40_755, 4096);
    add(`/${path}`, 0o100_644, size);
  }
  return JSON.stringify({ version: 1, entries });
}

import { createHash } from 'node:crypto';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AWKWARD_DIRECTORIES, AWKWARD_NAMES, CONTROL_NAMES, INVALID_UTF8_NAMES, LINK_LIKE_NAMES } from './names.ts';
import { seededBytes, seededText } from './random.ts';

/** One regular file of a {@link Tree}. */
export interface TreeFile {
  /** Path below the root, '/'-separated, without a leading slash. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** SHA-256 of the content, lower case hexadecimal. */
  readonly sha256: string;
  /** Modification time, whole seconds expressed in milliseconds since 1970, at least weeks in the past. */
  readonly mtimeMs: number;
}

/** A regular file whose name is no UTF-8. */
export interface RawNamedFile extends Omit<TreeFile, 'path'> {
  /** Path of its directory below the root. */
  readonly directory: string;
  /** Name as bytes. */
  readonly name: Uint8Array;
}

/** What {@link makeTree} wrote. */
export interface Tree {
  /** Absolute path of the root. */
  readonly root: string;
  /** Every file with a UTF-8 name, by path, in the order of writing. */
  readonly files: ReadonlyMap<string, TreeFile>;
  /** Every directory by path ('' is the root) with the names of its children, sorted by UTF-16 unit; raw names are absent. */
  readonly directories: ReadonlyMap<string, readonly string[]>;
  /** Files whose names are no UTF-8; empty where the disk refused them. */
  readonly rawNamed: readonly RawNamedFile[];
  /** Names this disk could not hold, with the error code. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** Options of {@link makeTree}. */
export interface TreeOptions {
  /** Contents and times follow from it. */
  readonly seed: number;
  /** Size of `big/50MB.bin`. @default 52428800 */
  readonly bigFileBytes?: number;
  /** Number of files in `crowd`. @default 2000 */
  readonly crowdSize?: number;
}

const OLDEST_MTIME_MS = Date.UTC(2021, 0, 1);

/**
 * Writes the tree that every HTTP server has to carry: awkward names (`names`), names that look like a listing's own
 * links (`sort`), control characters (`control`), awkward directories (`directories`), an empty directory (`empty`), deep nesting (`nested`), a
 * directory whose `index.html` hides the listing (`indexed`), sizes around a page (`ranges`), media types (`types`), many
 * entries (`crowd`), one big file (`big`) and names that are no UTF-8 (`raw`).
 *
 * @param root - Absolute path of an existing empty directory.
 */
export async function makeTree(root: string, options: TreeOptions): Promise<Tree> {
  const { seed, bigFileBytes = 50 * 1024 * 1024, crowdSize = 2_000 } = options;
  const files = new Map<string, TreeFile>();
  const children = new Map<string, Set<string>>([['', new Set()]]);
  const rawNamed: RawNamedFile[] = [];
  const refused: { name: string; reason: string }[] = [];
  const nextMtimeMs = (): number => OLDEST_MTIME_MS + (seed % 1_000) * 1_000 + (files.size + rawNamed.length) * 61_000;

  const addDirectory = async (path: string): Promise<void> => {
    if (children.has(path)) return;
    const parent = parentOf(path);
    await addDirectory(parent);
    await mkdir(join(root, path));
    children.set(path, new Set());
    children.get(parent)?.add(nameOf(path));
  };
  const addFile = async (path: string, content: Uint8Array): Promise<void> => {
    await addDirectory(parentOf(path));
    const mtimeMs = nextMtimeMs();
    try {
      await writeFile(join(root, path), content, { flag: 'wx' });
    } catch (error) {
      refused.push({ name: path, reason: codeOf(error) });
      return;
    }
    await utimes(join(root, path), mtimeMs / 1_000, mtimeMs / 1_000);
    files.set(path, { path, size: content.byteLength, sha256: sha256Of(content), mtimeMs });
    children.get(parentOf(path))?.add(nameOf(path));
  };
  const addSmall = async (path: string): Promise<void> =>
    addFile(path, seededText(seed, path, 20 + (path.length % 90)));

  await addSmall('README.md');
  await addFile('empty.txt', new Uint8Array(0));
  for (const name of AWKWARD_NAMES) await addSmall(`names/${name}`);
  for (const name of LINK_LIKE_NAMES) await addSmall(`sort/${name}`);
  for (const name of CONTROL_NAMES) await addSmall(`control/${name}`);
  for (const name of AWKWARD_DIRECTORIES) await addSmall(`directories/${name}/inside.txt`);
  await addDirectory('empty');
  await addSmall('nested/one/two/three/four/five/deep.txt');
  await addSmall('nested/one/beside.txt');
  await addFile(
    'indexed/index.html',
    Buffer.from('<!doctype html><title>Welcome</title><p><a href="hidden.txt">one</a>\n'),
  );
  await addSmall('indexed/hidden.txt');
  for (const size of [0, 1, 65_535, 65_536, 65_537, 200_000])
    await addFile(`ranges/${size}.bin`, seededBytes(seed, `${size}`, size));
  for (const name of ['page.html', 'data.json', 'style.css', 'note.txt', 'no-extension', 'archive.tar.gz']) {
    await addFile(`types/${name}`, seededText(seed, name, 70_000));
  }
  for (let index = 0; index < crowdSize; index += 1) await addSmall(`crowd/entry-${`${index}`.padStart(4, '0')}.txt`);
  await addFile('big/50MB.bin', seededBytes(seed, 'big', bigFileBytes));

  await addDirectory('raw');
  for (const hex of INVALID_UTF8_NAMES) {
    const name = Buffer.from(hex, 'hex');
    const content = seededText(seed, hex, 40);
    const mtimeMs = nextMtimeMs();
    const path = Buffer.concat([Buffer.from(join(root, 'raw/')), name]);
    try {
      await writeFile(path, content, { flag: 'wx' });
    } catch (error) {
      refused.push({ name: `raw/0x${hex}`, reason: codeOf(error) });
      continue;
    }
    await utimes(path, mtimeMs / 1_000, mtimeMs / 1_000);
    rawNamed.push({
      directory: 'raw',
      name: new Uint8Array(name),
      size: content.byteLength,
      sha256: sha256Of(content),
      mtimeMs,
    });
  }

  // Last, because writing a child changes its directory's time.
  for (const path of children.keys()) await utimes(join(root, path), OLDEST_MTIME_MS / 1_000, OLDEST_MTIME_MS / 1_000);
  const directories = new Map([...children].map(([path, names]) => [path, [...names].sort()] as const));
  return { root, files, directories, rawNamed, refused };
}

/** SHA-256 in lower case hexadecimal, the form of {@link TreeFile.sha256}. */
export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === '.' ? '' : parent;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}

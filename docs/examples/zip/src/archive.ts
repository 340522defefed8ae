import { stat } from 'node:fs/promises';
import { encodeName } from '@mountkit/core';
import yauzl, { type Entry as ZipEntry, type ZipFile } from 'yauzl';

export type ZipLeaf = {
  readonly type: 'file' | 'symlink';
  readonly entry: ZipEntry;
  readonly mode: number;
};
export type ZipDirectory = { readonly type: 'directory'; readonly children: Map<string, ZipNode> };
/** What stands at one path of an archive. */
export type ZipNode = ZipLeaf | ZipDirectory;

/** An archive with its central directory read: one state of the file. Another state is another archive. */
export interface Archive {
  readonly state: string;
  readonly root: ZipDirectory;
  readonly zip: ZipFile;
}

/** What tells one state of a file on this machine from another. @throws what Node throws. */
export async function stateOf(file: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(file, { bigint: true });
  return `${ino}-${size}-${mtimeNs}`;
}

/** Reads the central directory. @throws what yauzl throws for a file that is no archive. */
export async function openArchive(file: string, state: string): Promise<Archive> {
  // Names as bytes: yauzl would refuse a whole archive for one name that is no path. Here such a name is escaped, and can be read.
  const zip = await yauzl.openPromise(file, { autoClose: false, decodeStrings: false });
  const root: ZipDirectory = { type: 'directory', children: new Map() };
  const leaves: [ZipDirectory, string, ZipEntry][] = [];
  for await (const entry of zip.eachEntry()) {
    const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
    const names = yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true).split('/');
    // 'docs/' is a directory, and so is it in 'docs/a' where it has no entry of its own.
    const last = names.pop() ?? '';
    const directory = names.reduce(directoryIn, root);
    if (last !== '') leaves.push([directory, last, entry]);
  }
  for (const [{ children }, name, entry] of leaves) {
    const mode = entry.versionMadeBy >> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0;
    const type = (mode & 0o170000) === 0o120000 ? 'symlink' : 'file';
    // A file beside a directory of its name has a path of its own. Of two files with one name the later one counts, as with unzip.
    const beside = children.get(encodeName(name))?.type === 'directory';
    children.set(encodeName(name, beside), { type, entry, mode: mode === 0 ? 0o644 : mode & 0o777 });
  }
  return { state, root, zip };
}

function directoryIn({ children }: ZipDirectory, name: string): ZipDirectory {
  const found = children.get(encodeName(name));
  if (found?.type === 'directory') return found;
  const made: ZipDirectory = { type: 'directory', children: new Map() };
  children.set(encodeName(name), made);
  return made;
}

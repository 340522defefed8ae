import { canceled, encodeName, errorAt, throwIfAborted } from '@mountkit/core';
import { buildManifest, manifestBlockBytes, type ManifestEntry, manifestName } from '@mountkit/http';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes } from '../exit-code.ts';
import { hostError } from '../host-error.ts';
import { complain, print, type Terminal } from '../terminal.ts';

// The manifest, and what a run that was killed has left of one.
const ownFiles = /^mountkit\.index\.json(?:\.\d+\.tmp)?$/;

/**
 * `mountkit index DIR`: writes a manifest with the size and SHA-256 of every file into DIR. Put on any static host, the directory is then an immutable mount whose every
 * byte is verified. Symlinks and special files are left out, and said so: what a server makes of them is not known here.
 */
export async function writeIndex(directory: string, terminal: Terminal): Promise<number> {
  const entries: ManifestEntry[] = [];
  await collect(Buffer.from(directory), '', entries, terminal);
  const target = join(directory, manifestName);
  const temporary = `${target}.${process.pid}.tmp`;
  const { signal } = terminal;
  try {
    await onHost('', signal, () => writeFile(temporary, buildManifest(entries), { flag: 'wx', signal }));
    throwIfAborted(signal, 'index');
    await onHost('', signal, () => rename(temporary, target));
  } finally {
    await rm(temporary, { force: true });
  }
  const files = entries.filter(({ path }) => !path.endsWith('/'));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  await print(terminal, `${manifestName}: ${files.length} files, ${bytes} bytes\n`);
  return exitCodes.ok;
}

async function collect(directory: Buffer, below: string, entries: ManifestEntry[], terminal: Terminal): Promise<void> {
  // Names as bytes: a disk may hold some that are no text.
  const names = await onHost(below, terminal.signal, () => readdir(directory, { encoding: 'buffer' }));
  if (names.length === 0 && below !== '') entries.push({ path: below, size: 0 });
  for (const name of names.toSorted((left, right) => Buffer.compare(left, right))) {
    throwIfAborted(terminal.signal, 'index');
    const file = Buffer.concat([directory, Buffer.from('/'), name]);
    const path = below + encodeName(name);
    if (ownFiles.test(path)) continue;
    const stat = await onHost(path, terminal.signal, () => lstat(file));
    if (stat.isDirectory()) await collect(file, `${path}/`, entries, terminal);
    else if (stat.isFile()) {
      const content = await onHost(path, terminal.signal, () => digest(file, terminal));
      entries.push({ path, mtime: stat.mtime.toISOString(), ...content });
    } else complain(terminal, `left out: ${path} is no regular file`);
  }
}

/** Size and digests of what was read, so that they speak of the same bytes. */
async function digest(file: Buffer, { signal }: Terminal): Promise<Pick<ManifestEntry, 'size' | 'sha256' | 'blocks'>> {
  const whole = createHash('sha256');
  const blocks: string[] = [];
  let block = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(file, { signal }) as AsyncIterable<Buffer>) {
    whole.update(chunk);
    // A chunk may end anywhere; a block ends at its own size.
    for (let start = 0; start < chunk.length;) {
      const part = chunk.subarray(start, start + manifestBlockBytes - (size % manifestBlockBytes));
      block.update(part);
      start += part.length;
      size += part.length;
      if (size % manifestBlockBytes !== 0) continue;
      blocks.push(block.digest('hex'));
      block = createHash('sha256');
    }
  }
  if (size % manifestBlockBytes !== 0) blocks.push(block.digest('hex'));
  return { size, sha256: whole.digest('hex'), ...(blocks.length > 1 && { blocks }) };
}

/** Errors of the machine's own files, at their paths below the directory ('' is that itself). */
async function onHost<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw canceled('index', undefined, error);
    if (path === '') throw hostError(error, 'index', 'the directory cannot be read or written');
    throw errorAt(hostError(error, 'index', 'it cannot be read'), `/${path.replace(/\/$/, '')}`);
  }
}

import { encodeName } from '@mountkit/core';
import { buildManifest, manifestBlockBytes, type ManifestEntry, manifestName } from '@mountkit/http';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes } from '../exit-code.ts';
import { hostError } from '../host-error.ts';
import { complain, print, type Terminal } from '../terminal.ts';

/**
 * `mountkit index DIR`: writes a manifest with the size and SHA-256 of every file into DIR. Put on any static host, the directory is then an immutable mount whose every
 * byte is verified. Symlinks and special files are left out, and said so: what a server makes of them is not known here.
 */
export async function writeIndex(directory: string, terminal: Terminal): Promise<number> {
  const entries: ManifestEntry[] = [];
  await collect(Buffer.from(directory), '', entries, terminal);
  const target = join(directory, manifestName);
  const temporary = `${target}.${process.pid}.tmp`;
  await onHost(() => writeFile(temporary, buildManifest(entries), { flag: 'wx' }));
  await onHost(() => rename(temporary, target));
  const files = entries.filter(({ path }) => !path.endsWith('/'));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  await print(terminal, `${manifestName}: ${files.length} files, ${bytes} bytes\n`);
  return exitCodes.ok;
}

async function collect(directory: Buffer, below: string, entries: ManifestEntry[], terminal: Terminal): Promise<void> {
  // Names as bytes: a disk may hold some that are no text.
  const names = await onHost(() => readdir(directory, { encoding: 'buffer' }));
  if (names.length === 0 && below !== '') entries.push({ path: below, size: 0 });
  for (const name of names.toSorted((left, right) => Buffer.compare(left, right))) {
    terminal.signal.throwIfAborted();
    const file = Buffer.concat([directory, Buffer.from('/'), name]);
    const path = below + encodeName(name);
    if (path === manifestName) continue;
    const stat = await onHost(() => lstat(file));
    if (stat.isDirectory()) await collect(file, `${path}/`, entries, terminal);
    else if (stat.isFile()) entries.push({ path, mtime: stat.mtime.toISOString(), ...(await digest(file, terminal)) });
    else complain(terminal, `left out: ${path} is no regular file`);
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

function onHost<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    throw hostError(error, 'index', 'the directory cannot be read or written');
  });
}

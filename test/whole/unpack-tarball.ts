import { unpackTar } from 'modern-tar/fs';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** Unpacks the tarball of a package into a folder, as installing it does. */
export async function unpackTarball(tarball: string, into: string): Promise<void> {
  await pipeline(createReadStream(tarball), createGunzip(), unpackTar(into, { strip: 1 }));
}

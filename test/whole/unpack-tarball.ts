import { extract } from 'tar';

/** Unpacks the tarball of a package into a folder, as installing it does. */
export async function unpackTarball(tarball: string, into: string): Promise<void> {
  await extract({ file: tarball, cwd: into, strip: 1 });
}

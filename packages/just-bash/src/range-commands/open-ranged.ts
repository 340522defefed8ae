import { type CallOptions, FsError, type OpenFile } from '@mountkit/core';
import type { IFileSystem } from 'just-bash';
import type { Outside } from '../outside.ts';
import { createRoute } from '../route.ts';
import { holdsMount, type View } from '../view.ts';
import { type OpenRanged, rangedBytes, type RangedFile } from './ranged-file.ts';

/** Opens files of a router piece by piece: those of a mount in ranges, those of the base, which are in memory, whole. Every call is made outside of the script. */
export function openRangedOver(currentView: () => View, base: IFileSystem, outside: Outside): OpenRanged {
  return (path) => {
    const view = currentView();
    const route = createRoute(view, base);
    const options: CallOptions = view.signal === undefined ? {} : { signal: view.signal };
    return outside(() =>
      route.ask(path, true, 'open', {
        mount: async (real) => rangedFile(await view.fs.open(real, options), options, outside),
        base: async (real) => {
          if (holdsMount(view, real)) throw new FsError('EISDIR', { op: 'read', path });
          return rangedBytes(await base.readFileBuffer(real));
        },
      }),
    );
  };
}

async function rangedFile(file: OpenFile, options: CallOptions, outside: Outside): Promise<RangedFile> {
  const { size, sizeKind } = await file.stat(options);
  return {
    size: sizeKind === 'exact' ? size : undefined,
    read: (offset, length) => outside(async () => file.read(offset, length, options)),
    close: () => outside(async () => file.close()),
  };
}

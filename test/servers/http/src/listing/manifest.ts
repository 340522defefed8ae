import type { FaultFiles } from '../fault/files.ts';
import { sha256Of } from '../tree/tree.ts';

/** Text of a `mountkit.index.json` over everything in the store: version 1, digests, times. */
export function indexManifest(files: FaultFiles, base = './'): string {
  const entries = files.all().map((file) => ({
    path: file.path,
    size: file.bytes.byteLength,
    sha256: sha256Of(file.bytes),
    ...(file.etag === null ? {} : { etag: file.etag }),
    ...(file.lastModifiedMs === null ? {} : { mtime: new Date(file.lastModifiedMs).toISOString() }),
  }));
  return JSON.stringify({ v: 1, base, entries });
}

/** Text of a list as `sha256sum` of GNU coreutils writes it: names with a backslash or line break are escaped and flagged. */
export function sha256sumList(files: FaultFiles): string {
  return files
    .all()
    .map(({ bytes, path }) => {
      const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
      return `${escaped === path ? '' : '\\'}${sha256Of(bytes)}  ${escaped}\n`;
    })
    .join('');
}

import type { Namespace } from '@mountkit/core';
import { exitCodes } from '../exit-code.ts';
import { print, type Terminal } from '../terminal.ts';

const pieceBytes = 1024 * 1024;

/** `mountkit cat PATH...`: the bytes of the files as they are, one after the other. */
export async function cat(namespace: Namespace, paths: readonly string[], terminal: Terminal): Promise<number> {
  const call = { signal: terminal.signal };
  for (const path of paths) {
    const file = await namespace.open(path, call);
    try {
      for (let offset = 0; ;) {
        const bytes = await file.read(offset, pieceBytes, call);
        if (bytes.length === 0) break;
        await print(terminal, bytes);
        offset += bytes.length;
      }
    } finally {
      await file.close();
    }
  }
  return exitCodes.ok;
}

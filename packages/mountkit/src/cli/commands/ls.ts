import { type Namespace, normalizePath } from '@mountkit/core';
import { exitCodes } from '../exit-code.ts';
import { longFormat, statJson } from '../long-format.ts';
import { listWithTargets, withTargets } from '../targets.ts';
import { jsonText, print, shownName, type Terminal } from '../terminal.ts';

/** `mountkit ls [-l] [PATH]`: a directory's entries; a file, or a symlink to none, by itself under the name it was asked for. */
export async function list(
  namespace: Namespace,
  asked: string,
  { long, json }: { readonly long: boolean; readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  const call = { signal: terminal.signal };
  const shown = (name: string): string => shownName(terminal, name);
  const path = normalizePath(asked, 'ls');
  const own = await namespace.lstat(path, call);
  // Only where a symlink leads to a directory is the directory meant.
  const isDirectory =
    own.type === 'directory' || (own.type === 'symlink' && (await leadsToDirectory(namespace, path, call)));
  if (isDirectory && !long && !json) {
    const entries = await namespace.readdir(path, call);
    await print(terminal, entries.map(({ name }) => `${shown(name)}\n`).join(''));
    return exitCodes.ok;
  }
  const entries = isDirectory
    ? await listWithTargets(namespace, path, call)
    : await withTargets(namespace, [{ ...own, name: asked, path }], call);
  if (json) await print(terminal, jsonText(entries.map(statJson)));
  else await print(terminal, long ? longFormat(entries, shown) : `${shown(asked)}\n`);
  return exitCodes.ok;
}

async function leadsToDirectory(
  namespace: Namespace,
  path: string,
  call: { readonly signal: AbortSignal },
): Promise<boolean> {
  try {
    return (await namespace.stat(path, call)).type === 'directory';
  } catch {
    return false;
  }
}

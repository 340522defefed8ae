import { chain, type Namespace } from '@mountkit/core';
import { exitCodes } from '../exit-code.ts';
import { longFormat, statJson } from '../long-format.ts';
import { withTargets } from '../targets.ts';
import { print, type Terminal } from '../terminal.ts';

/** `mountkit ls [-l] [PATH]`: one directory, or one file by itself. */
export async function list(
  namespace: Namespace,
  path: string,
  { long, json }: { readonly long: boolean; readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  const call = { signal: terminal.signal };
  const stat = await namespace.stat(path, call);
  const found =
    stat.type === 'directory'
      ? await namespace.readdir(path, call)
      : [await chain(namespace.lstat(path, call), (own) => ({ ...own, name: path }))];
  const entries = long || json ? await withTargets(namespace, path, found, call) : found;
  if (json) await print(terminal, `${JSON.stringify(entries.map(statJson), undefined, 2)}\n`);
  else await print(terminal, long ? longFormat(entries) : entries.map(({ name }) => `${name}\n`).join(''));
  return exitCodes.ok;
}

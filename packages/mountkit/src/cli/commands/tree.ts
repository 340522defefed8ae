import { type CallOptions, type Namespace, normalizePath } from '@mountkit/core';
import { exitCodes } from '../exit-code.ts';
import { statJson } from '../long-format.ts';
import { listWithTargets, type LocatedEntry } from '../targets.ts';
import { jsonText, print, shownName, type Terminal } from '../terminal.ts';

interface Count {
  directories: number;
  files: number;
}

/** `mountkit tree [-L DEPTH] [PATH]`: everything below a directory, drawn, or as nested JSON. Symlinks are shown, not followed. */
export async function tree(
  namespace: Namespace,
  path: string,
  { depth, json }: { readonly depth: number; readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  const call = { signal: terminal.signal };
  const root = normalizePath(path);
  if (json) {
    await print(terminal, jsonText(await nested(namespace, root, depth, call)));
    return exitCodes.ok;
  }
  const count: Count = { directories: 0, files: 0 };
  // Asked first: where there is nothing to draw nothing is printed.
  const entries = await listWithTargets(namespace, root, call);
  await print(terminal, `${shownName(terminal, root)}\n`);
  await draw(namespace, entries, '', depth, count, terminal);
  await print(
    terminal,
    `\n${plural(count.directories, 'directory', 'directories')}, ${plural(count.files, 'file', 'files')}\n`,
  );
  return exitCodes.ok;
}

async function draw(
  namespace: Namespace,
  entries: readonly LocatedEntry[],
  indent: string,
  depth: number,
  count: Count,
  terminal: Terminal,
): Promise<void> {
  const call = { signal: terminal.signal };
  for (const [index, { name, path: below, type, target }] of entries.entries()) {
    const last = index === entries.length - 1;
    count[type === 'directory' ? 'directories' : 'files'] += 1;
    const shown = shownName(terminal, target === undefined ? name : `${name} -> ${target}`);
    await print(terminal, `${indent}${last ? '└── ' : '├── '}${shown}\n`);
    if (type === 'directory' && depth > 1) {
      const inner = await listWithTargets(namespace, below, call);
      await draw(namespace, inner, indent + (last ? '    ' : '│   '), depth - 1, count, terminal);
    }
  }
}

async function nested(namespace: Namespace, path: string, depth: number, call: CallOptions): Promise<unknown[]> {
  const entries = await listWithTargets(namespace, path, call);
  return Promise.all(
    entries.map(async (entry) => {
      if (entry.type !== 'directory' || depth <= 1) return statJson(entry);
      return { ...statJson(entry), entries: await nested(namespace, entry.path, depth - 1, call) };
    }),
  );
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

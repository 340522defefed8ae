import type { LoadedNamespace, PlannedMount } from '@mountkit/loader';
import { exitCodes } from '../exit-code.ts';
import { jsonText, print, type Terminal } from '../terminal.ts';

/** `mountkit plan`: what would be mounted, without reading a file. */
export async function plan(namespace: LoadedNamespace, json: boolean, terminal: Terminal): Promise<number> {
  const planned = await namespace.plan({ signal: terminal.signal });
  if (json) await print(terminal, jsonText(planned, plainValue));
  else for (const mount of planned.mounts) await print(terminal, describe(mount));
  return planned.mounts.some(({ error }) => error !== undefined) ? exitCodes.origin : exitCodes.ok;
}

function describe({ path, backend, revision, error, origins, access, followMs }: PlannedMount): string {
  const rows: readonly (readonly [string, string])[] = [
    ['backend', backend],
    ['revision', revision?.id ?? (error === undefined ? 'none' : error.message)],
    ['origins', origins.join(' ') || 'none'],
    [
      'access',
      `${access.readOnly ? 'read-only' : 'read and write'}${access.root === '/' ? '' : `, below ${access.root}`}`,
    ],
    ...(followMs === undefined ? [] : [['follows', `every ${followMs / 1000} s`] as const]),
  ];
  return `${path}\n${rows.map(([name, value]) => `  ${name.padEnd(10)}${value}\n`).join('')}`;
}

/** Nanoseconds do not fit into a number of JSON: they are decimal text. */
function plainValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

import type { LoadedNamespace } from '@mountkit/loader';
import { exitCodes } from '../exit-code.ts';
import { print, type Terminal } from '../terminal.ts';

/** `mountkit plan`: what would be mounted, without reading a file. */
export async function plan(namespace: LoadedNamespace, json: boolean, terminal: Terminal): Promise<number> {
  const planned = await namespace.plan({ signal: terminal.signal });
  if (json) {
    await print(terminal, `${JSON.stringify(planned, undefined, 2)}\n`);
    return exitCodes.ok;
  }
  for (const { path, backend, revision, origins, readOnly } of planned.mounts) {
    const rows = [
      ['backend', backend],
      ['revision', revision ?? 'none'],
      ['origins', origins.join(' ') || 'none'],
      ['access', readOnly ? 'read-only' : 'read and write'],
    ];
    await print(terminal, `${path}\n${rows.map(([name, value]) => `  ${name?.padEnd(10)}${value}\n`).join('')}`);
  }
  return exitCodes.ok;
}

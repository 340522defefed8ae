import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Consumer } from './packed-consumer.ts';

/** Changes one text of a file. @throws when the text is not there exactly once. */
async function patch(file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${file} does not have ${String(from)}.`);
  await writeFile(file, changed);
}

/**
 * Installs a second copy of the contract, the filesystem and the memory backend below `elsewhere/` of the consumer, as a dependency with dependencies of its own would:
 * of another minor version, without the optional operation `statfs`, and with an operation that this version does not know. `elsewhere/index.js` exports what it has.
 */
export async function installOtherCopy({ directory }: Consumer, minor: number): Promise<void> {
  const elsewhere = join(directory, 'elsewhere');
  for (const name of ['core', 'vfs', 'memory']) {
    const at = join('node_modules', '@mountkit', name);
    await cp(join(directory, at), join(elsewhere, at), { recursive: true, verbatimSymlinks: true });
    // TypeScript takes two folders with one name and version for one package.
    await patch(join(elsewhere, at, 'package.json'), /"version": "[^"]+"/, `"version": "0.${minor}.0"`);
  }
  const core = join(elsewhere, 'node_modules', '@mountkit', 'core');
  const handle = join(core, 'dist', 'handle.js');
  await patch(handle, /abi: 1, minor: \d+/, `abi: 1, minor: ${minor}`);
  await patch(handle, '    statfs: 0,\n', '');
  await patch(handle, '    let users = 0;', "    ops['teleport'] = () => 'elsewhere';\n    let users = 0;");
  await writeFile(
    join(elsewhere, 'index.js'),
    ['core', 'vfs', 'memory'].map((name) => `export * from '@mountkit/${name}';\n`).join(''),
  );
  await writeFile(join(elsewhere, 'package.json'), '{"name":"elsewhere","version":"1.0.0","type":"module"}\n');
}

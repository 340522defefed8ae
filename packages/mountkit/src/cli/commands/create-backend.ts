import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackendNames } from '../backend-names.ts';
import { exitCodes } from '../exit-code.ts';
import { hostError } from '../host-error.ts';
import { print, type Terminal } from '../terminal.ts';

// The same distance from the sources and from what is built of them.
const template = fileURLToPath(new URL('../../../templates/backend', import.meta.url));

// Under their own names they would mean something in the package that carries them.
const ownNames: ReadonlyMap<string, string> = new Map([
  ['gitignore', '.gitignore'],
  ['package.template.json', 'package.json'],
]);

/**
 * `mountkit create-backend NAME`: writes a package with a backend over an origin in memory, which passes the conformance kit as it is. Nothing is fetched.
 *
 * @param into the folder it is made in, as a folder of its own.
 * @param version of mountkit, which the package depends on.
 */
export async function createBackend(
  names: BackendNames,
  into: string,
  version: string,
  terminal: Terminal,
): Promise<number> {
  const target = join(into, names.folder);
  const shown = `${relative(process.cwd(), target) || '.'}${sep}`;
  await onHost(() => mkdir(target), {
    EEXIST: `${shown} is there already: another name, or --directory, or take it away`,
    ENOENT: `there is no folder ${into} to make it in`,
  });
  try {
    for (const file of await onHost(() => readdir(template, { recursive: true, withFileTypes: true }), {})) {
      if (!file.isFile()) continue;
      const source = join(file.parentPath, file.name);
      const place = join(target, relative(template, file.parentPath), ownNames.get(file.name) ?? file.name);
      await onHost(() => mkdir(dirname(place), { recursive: true }), {});
      await onHost(async () => writeFile(place, filled(await readFile(source, 'utf8'), names, version)), {});
    }
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw error;
  }
  await print(terminal, nextSteps(names, shown));
  return exitCodes.ok;
}

function filled(text: string, { packageName, type, identifier, typeName }: BackendNames, version: string): string {
  return text
    .replaceAll('__package__', packageName)
    .replaceAll('__type__', type)
    .replaceAll('__name__', identifier)
    .replaceAll('__Name__', typeName)
    .replaceAll('__version__', version);
}

function nextSteps({ packageName, type }: BackendNames, shown: string): string {
  return `${shown} is the package ${packageName} with a backend of type '${type}', over an origin in memory.

  cd ${shown}
  npm install   with packed tarballs: npm install PATH/mountkit-{core,layers,vfs,testkit}-*.tgz
  npm test      the conformance kit: it passes as it stands

Then change src/client.ts, where the origin is asked, and src/options.ts. README.md there has the order.
`;
}

/** @param details what to say of which code, in words of the command line. */
async function onHost<T>(work: () => Promise<T>, details: Readonly<Record<string, string>>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const detail = details[String((error as { readonly code?: unknown }).code)];
    throw hostError(error, 'create-backend', detail ?? 'the package cannot be written');
  }
}

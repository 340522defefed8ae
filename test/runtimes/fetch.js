// Installs the Node and TypeScript versions of the lockfile below this folder and tries each: where one is missing, this fails and not a test later on.
// The Node packages are the ones for Linux; elsewhere only the TypeScript versions are there, and the tests that need another Node say that they skip.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const { packages } = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8'));
const fits = (allowed, own) => allowed === undefined || [allowed].flat().includes(own);
const wanted = Object.entries(packages).filter(
  ([path, { os, cpu }]) => path !== '' && fits(os, process.platform) && fits(cpu, process.arch),
);

const versionOf = (path) => {
  const manifest = join(here, path, 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
};

if (wanted.every(([path, { version }]) => versionOf(path) === version)) {
  console.log('The runtimes are there already.');
} else {
  execFileSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: here, stdio: 'inherit' });
}
const programs = wanted.filter(([, { bin }]) => bin !== undefined);
for (const [path, { version, bin }] of programs) {
  const program = join(here, path, Object.values(bin)[0]);
  const [command, ...words] = 'node' in bin ? [program] : [process.execPath, program];
  const printed = execFileSync(command, [...words, '--version'], { encoding: 'utf8' });
  if (!printed.includes(version)) throw new Error(`${path} says it is ${printed.trim()} and not ${version}.`);
}
console.log(`Ready: ${programs.map(([path]) => path.replace('node_modules/', '')).join(', ')}.`);

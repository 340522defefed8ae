// Keeps one file of the package @octokit/openapi, GitHub's published API description, as .cache/api.github.com.json.
// The package is some 400 MB unpacked: it is downloaded into a temporary folder, checked against the lockfile's integrity, and only that file is unpacked.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const wanted = 'package/generated/api.github.com.json';
const kept = join(here, '.cache', 'api.github.com.json');

if (existsSync(kept)) {
  console.log('The API description is there already.');
} else {
  const { packages } = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8'));
  const { version, integrity } = packages['node_modules/@octokit/openapi'];
  const folder = mkdtempSync(join(tmpdir(), 'mountkit-oracles-'));
  try {
    const printed = execFileSync('npm', ['pack', `@octokit/openapi@${version}`, '--json', '--loglevel=error'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [packed] = JSON.parse(printed);
    if (packed.integrity !== integrity) throw new Error('The package is not the one the lockfile names.');
    execFileSync('tar', ['-xzf', packed.filename, wanted], { cwd: folder, stdio: 'inherit' });
    mkdirSync(join(here, '.cache'), { recursive: true });
    const partial = `${kept}.${process.pid}`;
    execFileSync('cp', [join(folder, wanted), partial]);
    renameSync(partial, kept);
    console.log(`Kept the API description of @octokit/openapi ${version}.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

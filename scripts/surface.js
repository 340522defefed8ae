#!/usr/bin/env node
// The public surface of every package as one text each: the declarations that its entries reach, without comments. A change to it is seen in review.
// `node scripts/surface.js` compares with docs/surface and exits 1 on a difference; `--update` writes it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from './published.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const update = process.argv.includes('--update');

function reach(file, seen) {
  if (seen.has(file)) return;
  const text = readFileSync(file, 'utf8');
  seen.set(file, text);
  for (const [, target] of text.matchAll(/from '(\.[^']+)'/g)) {
    reach(resolve(dirname(file), target.replace(/\.(?:js|ts)$/, '.d.ts')), seen);
  }
}

function surfaceOf(folder, manifest) {
  const seen = new Map();
  for (const entry of Object.values(manifest.exports)) {
    if (typeof entry === 'object') reach(join(folder, entry.types), seen);
  }
  const parts = Array.from(seen, ([file, text]) => {
    const bare = text
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/^\/\/#.*$/gm, '')
      .replace(/^\s*\n/gm, '');
    return `// ${relative(join(folder, 'dist'), file)}\n${bare}`;
  });
  return `${parts.toSorted().join('\n')}`;
}

let different = 0;
for (const { folder, manifest } of publishedPackages()) {
  const name = `${manifest.name.replace('@mountkit/', '')}.d.ts.txt`;
  const file = join(root, 'docs', 'surface', name);
  const surface = surfaceOf(folder, manifest);
  if (update) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, surface);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== surface) {
    different += 1;
    process.stderr.write(`${manifest.name}: its surface is not the one in docs/surface/${name}\n`);
  }
}
if (different > 0) {
  process.stderr.write('If the change is meant: npm run surface -- --update\n');
  process.exitCode = 1;
}

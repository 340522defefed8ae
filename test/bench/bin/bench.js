#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL(process.argv[2] === 's3' ? '../dist/s3/main.js' : '../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('bench: not built yet: run "npm run build" at the root of the checkout\n');
  process.exit(70);
}
await import(main.href);

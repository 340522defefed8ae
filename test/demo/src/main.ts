import { fileURLToPath } from 'node:url';
import { runDemo } from './demo.ts';

process.exitCode = await runDemo({
  checkout: fileURLToPath(new URL('../../..', import.meta.url)),
  write: (text) => process.stdout.write(text),
});

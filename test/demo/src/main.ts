import { fileURLToPath } from 'node:url';
import { runDemo } from './demo.ts';

// The AWS SDK has something to say about Node 20; here it would stand in the middle of the demo.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

process.exitCode = await runDemo({
  checkout: fileURLToPath(new URL('../../..', import.meta.url)),
  write: (text) => process.stdout.write(text),
});

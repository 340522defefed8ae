import type { FsError } from '@mountkit/core';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { hostError } from './host-error.ts';
import { runProgram } from './program.ts';
import { readerLeft } from './terminal.ts';

const interrupt = new AbortController();
const handlers: (() => void)[] = [];

// The first Ctrl-C drains, unless somebody takes it; the second does not wait.
process.on('SIGINT', () => {
  const handler = handlers.at(-1);
  if (handler !== undefined) return handler();
  return stop();
});
process.on('SIGTERM', stop);

function stop(): void {
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
}

// On Node 20 the AWS client tells with every command that its releases of 2027 want a newer one. The README says so once.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

// A reader that has gone is how `mountkit cat ... | head` ends: nobody is left to work for, and nobody to tell.
// A disk that is full has to be told.
let lost: FsError | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return interrupt.abort(readerLeft);
  lost ??= hostError(error, 'write', 'standard output cannot be written');
  interrupt.abort();
});

const code = await runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interrupt.signal,
  onInterrupt(handler) {
    handlers.push(handler);
    return () => void handlers.splice(handlers.indexOf(handler), 1);
  },
});
if (lost !== undefined) {
  process.stderr.write(`mountkit: ${lost.message}\n`);
  process.exitCode = exitCodeOf(lost);
} else {
  process.exitCode = code === exitCodes.interrupted && interrupt.signal.reason === readerLeft ? exitCodes.ok : code;
}

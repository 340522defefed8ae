import { runProgram } from './program.ts';

const interrupt = new AbortController();

// The first signal drains, the second does not wait.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
}

// A reader that has gone is how `mountkit cat ... | head` ends; there is nobody left to tell.
process.stdout.on('error', () => undefined);

process.exitCode = await runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interrupt.signal,
});

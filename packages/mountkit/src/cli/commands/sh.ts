import type { Namespace } from '@mountkit/core';
import { createInterface } from 'node:readline';
import { exitCodes } from '../exit-code.ts';
import { createShell, type ShellSession } from '../shell.ts';
import { print, readInput, type Terminal } from '../terminal.ts';

/** `mountkit sh`: a script from standard input, or a prompt on a terminal. @returns the exit code of the last command. */
export async function shell(namespace: Namespace, terminal: Terminal): Promise<number> {
  const session = await createShell(namespace);
  if (terminal.stdin.isTTY === true) return prompt(session, terminal);
  return session.run(await readInput(terminal), terminal);
}

/** Reads and runs line by line. Ctrl-C ends the command that runs, or drops the line that is typed; Ctrl-D and `exit` leave. */
async function prompt(session: ShellSession, terminal: Terminal): Promise<number> {
  let code: number = exitCodes.ok;
  let pending = '';
  for (;;) {
    const line = await ask(terminal, pending === '' ? `mountkit:${session.cwd}$ ` : '> ');
    if (line === undefined) break;
    if (line === interrupted) {
      pending = '';
      continue;
    }
    pending += `${line}\n`;
    if (session.isIncomplete(pending)) continue;
    const script = pending;
    pending = '';
    const [leaving, given] = /^\s*exit(?:\s+(\d+))?\s*$/.exec(script) ?? [];
    if (leaving !== undefined) return given === undefined ? code : Number(given) & 0xff;
    if (script.trim() !== '') code = await runInterruptible(session, script, terminal);
  }
  await print(terminal, '\n');
  return code;
}

async function runInterruptible(session: ShellSession, script: string, terminal: Terminal): Promise<number> {
  const running = new AbortController();
  const restore = terminal.onInterrupt(() => running.abort());
  try {
    return await session.run(script, terminal, running.signal);
  } finally {
    restore();
  }
}

/** What {@link ask} answers when Ctrl-C was typed. No line of input holds it. */
const interrupted = '\n';

/** One line; undefined at the end of the input (Ctrl-D). The terminal is in line mode again afterwards, so that Ctrl-C is a signal while a command runs. */
function ask({ stdin, stdout }: Terminal, question: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: stdin, output: stdout, terminal: true });
    const answer = (line: string | undefined): void => {
      resolve(line);
      lines.close();
    };
    lines.once('line', answer);
    lines.once('close', () => resolve(undefined));
    lines.once('SIGINT', () => {
      stdout.write('^C\n');
      answer(interrupted);
    });
    lines.setPrompt(question);
    lines.prompt();
  });
}

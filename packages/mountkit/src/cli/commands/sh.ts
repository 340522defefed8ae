import type { Namespace } from '@mountkit/core';
import { createInterface } from 'node:readline/promises';
import { exitCodes } from '../exit-code.ts';
import { createShell, type ShellSession } from '../shell.ts';
import { print, readInput, type Terminal } from '../terminal.ts';

/** `mountkit sh`: a script from standard input, or a prompt on a terminal. @returns the exit code of the last command. */
export async function shell(namespace: Namespace, terminal: Terminal): Promise<number> {
  const session = await createShell(namespace);
  if (terminal.stdin.isTTY === true) return prompt(session, terminal);
  return session.run(await readInput(terminal), terminal);
}

async function prompt(session: ShellSession, terminal: Terminal): Promise<number> {
  const lines = createInterface({ input: terminal.stdin, output: terminal.stdout, terminal: true });
  // Ctrl-C belongs to the line while somebody types; while a command runs the terminal sends it to the process.
  lines.on('SIGINT', () => lines.write(undefined, { ctrl: true, name: 'u' }));
  let code: number = exitCodes.ok;
  let pending = '';
  try {
    for (;;) {
      const line = await ask(lines, pending === '' ? `mountkit:${session.cwd}$ ` : '> ');
      if (line === undefined) break;
      pending += `${line}\n`;
      if (session.isIncomplete(pending)) continue;
      const script = pending;
      pending = '';
      if (script.trim() === '') continue;
      if (/^\s*exit\s*(\d*)\s*$/.test(script)) {
        const [, given] = /exit\s*(\d*)/.exec(script) ?? [];
        return given === undefined || given === '' ? code : Number(given) & 0xff;
      }
      lines.pause();
      code = await session.run(script, terminal);
      lines.resume();
    }
  } finally {
    lines.close();
  }
  await print(terminal, '\n');
  return code;
}

/** The next line; undefined at the end of the input (Ctrl-D). */
function ask(lines: ReturnType<typeof createInterface>, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const onClose = (): void => resolve(undefined);
    lines.once('close', onClose);
    void lines.question(text).then((line) => {
      lines.off('close', onClose);
      resolve(line);
    }, onClose);
  });
}

import { type Fixture, fromCheckout, generate } from '@mountkit/test-github-server';

/** The repository the demo shows, and what to call it. */
export interface DemoRepository extends Fixture {
  readonly title: string;
}

/** This project's own history; a generated repository where there is none to show (an archive, a shallow clone, a single commit). */
export async function demoRepository(checkout: string): Promise<DemoRepository> {
  try {
    return { ...(await fromCheckout(checkout)), title: "this project's own history" };
  } catch {
    return { ...(await generated()), title: 'a generated repository' };
  }
}

function generated(): Promise<Fixture> {
  const file = (path: string, content: string) => ({ path, mode: '100644' as const, content });
  return generate(async (into) => {
    await into.commit({
      ref: 'refs/heads/main',
      message: 'Begin\n',
      changes: [file('README.md', '# A small project\n\nIts first words.\n'), file('src/one.txt', 'mountkit: one\n')],
    });
    await into.commit({
      ref: 'refs/heads/main',
      message: 'Grow\n',
      changes: [
        file('README.md', '# A small project\n\nIts words as they are now.\n'),
        ...Array.from({ length: 20 }, (_, index) => file(`src/part-${index}.txt`, `line\nmountkit: part ${index}\n`)),
      ],
    });
  });
}

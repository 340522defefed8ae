import type { RealServerKind, RealServerProgram } from './kinds.ts';
import { nginx } from './nginx.ts';
import { python } from './python.ts';

/** The program behind a kind of server. */
export function programOf(kind: RealServerKind): RealServerProgram {
  switch (kind) {
    case 'nginx-html':
      return nginx('html');
    case 'nginx-json':
      return nginx('json');
    case 'nginx-xml':
      return nginx('xml');
    case 'python':
      return python();
    default:
      throw new Error(`no server ${kind}`);
  }
}

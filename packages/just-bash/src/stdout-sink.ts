import { isUtf8 } from 'node:buffer';
import type {
  CommandNode,
  FileContent,
  PipelineNode,
  SimpleCommandNode,
  StatementNode,
  TransformPlugin,
} from 'just-bash';
import { bytesOf, type EncodingOption } from './content.ts';
import type { RouterFileSystem } from './router.ts';
import { literalOf } from './word.ts';

/** Takes a script's standard output as it comes. The next piece waits for what it gives back. */
export type StdoutSink = (bytes: Uint8Array) => PromiseLike<void> | void;

// A name nobody writes to by accident, in a directory every shell has.
const sinkPath = '/dev/mountkit-stdout';

/**
 * Makes a script write its standard output into the sink. just-bash joins the output of all commands into one text and loses what is no UTF-8, while what a redirection
 * writes is bytes. So every command whose output would be the script's is redirected; those in pipes, substitutions and functions are not.
 *
 * @param isActive whether the script that is about to run has a sink.
 */
export function intoSink(isActive: () => boolean): TransformPlugin {
  return {
    name: 'mountkit-stdout-sink',
    transform: ({ ast }) => ({ ast: isActive() ? { ...ast, statements: ast.statements.map(statement) } : ast }),
  };
}

/** The same filesystem, but for the sink's own path: what is written there goes to the sink of the script that writes. */
export function withSink(fs: RouterFileSystem, currentSink: () => StdoutSink | undefined): RouterFileSystem {
  return {
    ...fs,
    writeFile: async (path, content, options) => {
      const sink = path === sinkPath ? currentSink() : undefined;
      return sink === undefined ? fs.writeFile(path, content, options) : sink(outputOf(content, options));
    },
    appendFile: async (path, content, options) => {
      const sink = path === sinkPath ? currentSink() : undefined;
      return sink === undefined ? fs.appendFile(path, content, options) : sink(outputOf(content, options));
    },
  };
}

/**
 * The bytes of what a command printed. just-bash reads lines into variables a byte a character, and where a script ends it takes text that could be such bytes of UTF-8
 * for what it is: `while read -r line; do echo "$line"; done` prints what it has read. So does this.
 */
function outputOf(content: FileContent, options: EncodingOption): Uint8Array {
  if (typeof content === 'string' && !/[^\0-\u{ff}]/u.test(content)) {
    const bytes = bytesOf(content, 'latin1');
    if (isUtf8(bytes)) return bytes;
  }
  return bytesOf(content, options);
}

// They act on the shell itself, and just-bash lets some of them do so only without a redirection. What they print is left in the result.
const untouched: ReadonlySet<string> = new Set(
  (
    'exec exit return break continue shift set shopt trap unset cd : true false export readonly local declare typeset ' +
    'read mapfile readarray getopts wait'
  ).split(' '),
);

type Compound = Exclude<CommandNode, SimpleCommandNode>;

function statement(node: StatementNode): StatementNode {
  return { ...node, pipelines: node.pipelines.map(pipeline) };
}

function pipeline(node: PipelineNode): PipelineNode {
  const last = node.commands.length - 1;
  return { ...node, commands: node.commands.map((each, index) => (index === last ? command(each) : each)) };
}

function command(node: CommandNode): CommandNode {
  if (node.type === 'SimpleCommand') return simple(node);
  if (node.type === 'FunctionDef' || node.redirections.length > 0) return node;
  return compound(node);
}

function simple(node: SimpleCommandNode): SimpleCommandNode {
  const name = node.name === null ? undefined : literalOf(node.name);
  if (name === undefined || untouched.has(name)) return node;
  // In front of the command's own, so that `2>&1` follows it and `>file` wins over it.
  return {
    ...node,
    redirections: [
      {
        type: 'Redirection',
        fd: null,
        operator: '>>',
        target: { type: 'Word', parts: [{ type: 'Literal', value: sinkPath }] },
      },
      ...node.redirections,
    ],
  };
}

function compound(node: Compound): Compound {
  switch (node.type) {
    case 'If':
      return {
        ...node,
        clauses: node.clauses.map(({ condition, body }) => ({
          condition: condition.map(statement),
          body: body.map(statement),
        })),
        elseBody: node.elseBody?.map(statement) ?? null,
      };
    case 'While':
    case 'Until':
      return { ...node, condition: node.condition.map(statement), body: node.body.map(statement) };
    case 'For':
    case 'CStyleFor':
    case 'Subshell':
    case 'Group':
      return { ...node, body: node.body.map(statement) };
    case 'Case':
      return { ...node, items: node.items.map((item) => ({ ...item, body: item.body.map(statement) })) };
    default:
      return node;
  }
}

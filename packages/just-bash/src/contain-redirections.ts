import type {
  CommandNode,
  PipelineNode,
  ScriptNode,
  SimpleCommandNode as SimpleCommand,
  StatementNode,
  TransformPlugin,
} from 'just-bash';
import { literalOf } from './word.ts';

type FunctionDefinition = Extract<CommandNode, { type: 'FunctionDef' }>;
type GroupNode = Extract<CommandNode, { type: 'Group' }>;

/**
 * Makes a redirection that fails cost its own command only.
 *
 * just-bash lets the error of a write inside `>` escape from `exec`: output and exit code of the whole script are lost, and what follows does not run. Inside a group
 * (`{ ...; }`) it turns the same error into a line on stderr and exit code 1. So every command that can meet one is put into a group of its own, everywhere in the
 * script: in functions, loops, substitutions.
 *
 * A group also swallows the end of the script that `set -u` asks for, so in a script with `set -u` commands that expand variables stay as they are.
 */
export function containRedirections(): TransformPlugin {
  return {
    name: 'mountkit-contain-redirections',
    transform: ({ ast }) => ({ ast: createContainment(ast).script }),
  };
}

function createContainment(ast: ScriptNode): { readonly script: ScriptNode } {
  const functions = new Set<string>();
  let endsOnUnset = false;
  visit(ast, (node) => {
    if (isFunction(node)) functions.add(node.name);
    if (isSimple(node)) endsOnUnset ||= setsNounset(node);
  });

  const mayFail = (command: CommandNode): boolean => {
    if (command.type === 'FunctionDef' || !mayWrite(command)) return false;
    return !endsOnUnset || !expands(command, functions);
  };

  const containPipeline = (pipeline: PipelineNode, isLast: boolean): PipelineNode => {
    // `set -e` does not look at commands before `&&` and `||` or after `!`; just-bash forgets that inside a group, and remembers it when the command is no longer the
    // last of its list there.
    const ignored = !isLast || pipeline.negated;
    const commands = pipeline.commands.map((command) =>
      mayFail(command) || (isLast && command.type !== 'FunctionDef' && !endsOnUnset)
        ? group(command, ignored)
        : command,
    );
    return { ...pipeline, commands };
  };
  const containStatement = (statement: StatementNode): StatementNode => {
    const { pipelines } = statement;
    if (!pipelines.some(({ commands }) => commands.some(mayFail))) return statement;
    const last = pipelines.length - 1;
    return { ...statement, pipelines: pipelines.map((pipeline, index) => containPipeline(pipeline, index === last)) };
  };
  /** Redirections of a definition are made at each call, where the command has none of its own: they move into the body. */
  const containFunction = (definition: FunctionDefinition): FunctionDefinition => {
    const body = { ...definition.body, redirections: [...definition.body.redirections, ...definition.redirections] };
    return mayFail(body) ? { ...definition, body: group(body, false), redirections: [] } : definition;
  };

  const contain = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(contain);
    if (typeof node !== 'object' || node === null) return node;
    const copied: unknown = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, contain(value)]));
    if (isNode<StatementNode>(copied, 'Statement')) return containStatement(copied);
    return isFunction(copied) ? containFunction(copied) : copied;
  };
  return { script: contain(ast) as ScriptNode };
}

/** A group of one command. With `ignoreFailure` its failure does not end a script with `set -e`. */
function group(command: CommandNode, ignoreFailure: boolean): GroupNode {
  const line = command.line === undefined ? {} : { line: command.line };
  const pipelineOf = (only: CommandNode): PipelineNode => ({
    type: 'Pipeline',
    commands: [only],
    negated: false,
    ...line,
  });
  const nothing: CommandNode = {
    type: 'SimpleCommand',
    assignments: [],
    name: { type: 'Word', parts: [{ type: 'Literal', value: ':' }] },
    args: [],
    redirections: [],
    ...line,
  };
  const body: StatementNode = {
    type: 'Statement',
    pipelines: ignoreFailure ? [pipelineOf(command), pipelineOf(nothing)] : [pipelineOf(command)],
    operators: ignoreFailure ? ['&&'] : [],
    background: false,
    ...line,
  };
  return { type: 'Group', body: [body], redirections: [], ...line };
}

const outputOperators: ReadonlySet<string> = new Set(['>', '>>', '>|', '>&', '<>', '&>', '&>>']);
// What runs text that is parsed later, where no group can be put.
const interpreters: ReadonlySet<string> = new Set(['eval', 'source', '.', 'builtin', 'command']);

function mayWrite(command: Exclude<CommandNode, FunctionDefinition>): boolean {
  if (command.redirections.some(({ operator }) => outputOperators.has(operator))) return true;
  return command.type === 'SimpleCommand' && interpreters.has(literalOf(command.name) ?? '');
}

/** Whether a variable may turn out to be unset while the command runs. */
function expands(command: CommandNode, functions: ReadonlySet<string>): boolean {
  let found = false;
  visit(command, (node) => {
    if (isNode(node, 'ParameterExpansion') || isNode(node, 'ArithmeticExpansion')) found = true;
    const name = isSimple(node) ? (literalOf(node.name) ?? '') : '';
    if (functions.has(name) || interpreters.has(name)) found = true;
  });
  return found;
}

function setsNounset({ name, args }: SimpleCommand): boolean {
  return literalOf(name) === 'set' && args.some((word) => /^-[a-z]*u|^nounset$/.test(literalOf(word) ?? ''));
}

function visit(node: unknown, see: (node: object) => void): void {
  if (typeof node !== 'object' || node === null) return;
  see(node);
  for (const value of Object.values(node)) visit(value, see);
}

function isNode<T extends { readonly type: string }>(node: unknown, type: T['type']): node is T {
  return typeof node === 'object' && node !== null && (node as { readonly type?: unknown }).type === type;
}

function isFunction(node: unknown): node is FunctionDefinition {
  return isNode<FunctionDefinition>(node, 'FunctionDef');
}

function isSimple(node: unknown): node is SimpleCommand {
  return isNode<SimpleCommand>(node, 'SimpleCommand');
}

import type { CommandNode, PipelineNode, ScriptNode, StatementNode, TransformPlugin } from 'just-bash';

type FunctionDefinition = Extract<CommandNode, { type: 'FunctionDef' }>;

/**
 * Makes a redirection that fails cost its own command only.
 *
 * just-bash lets the error of a write inside `>` escape from `exec`: output and exit code of the whole script are lost, and what follows does not run. Inside a group
 * (`{ ...; }`) it turns the same error into a line on stderr and exit code 1. So every command that can meet one is put into a group of its own, everywhere in the
 * script: in functions, loops, substitutions.
 */
export function containRedirections(): TransformPlugin {
  return {
    name: 'mountkit-contain-redirections',
    transform: ({ ast }) => ({ ast: contain(ast) as ScriptNode }),
  };
}

/** The same tree with every statement in it contained, however deep. */
function contain(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(contain);
  if (typeof node !== 'object' || node === null) return node;
  const copied = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, contain(value)]));
  if (copied['type'] === 'Statement') return containStatement(copied as unknown as StatementNode);
  return copied['type'] === 'FunctionDef' ? containFunction(copied as unknown as FunctionDefinition) : copied;
}

/** Redirections of a definition are made at each call, where the command has none of its own: they move into the body. */
function containFunction(definition: FunctionDefinition): FunctionDefinition {
  const redirections = [...definition.body.redirections, ...definition.redirections];
  if (!redirections.some(({ operator }) => outputOperators.has(operator))) return definition;
  return { ...definition, body: group({ ...definition.body, redirections }, false), redirections: [] };
}

function containStatement(statement: StatementNode): StatementNode {
  const { pipelines } = statement;
  if (!pipelines.some(({ commands }) => commands.some(mayFail))) return statement;
  const last = pipelines.length - 1;
  return { ...statement, pipelines: pipelines.map((pipeline, index) => containPipeline(pipeline, index === last)) };
}

function containPipeline(pipeline: PipelineNode, isLast: boolean): PipelineNode {
  // `set -e` does not look at commands before `&&` and `||`, after `!` or within a pipeline; just-bash forgets that inside a group, and remembers it when the command
  // is no longer the last of its list there.
  const ignored = !isLast || pipeline.negated;
  return {
    ...pipeline,
    commands: pipeline.commands.map((command) => (mayFail(command) || isLast ? group(command, ignored) : command)),
  };
}

function group(command: CommandNode, ignoreFailure: boolean): Extract<CommandNode, { type: 'Group' }> {
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

function mayFail(command: CommandNode): boolean {
  if (command.type === 'FunctionDef') return false;
  if (command.redirections.some(({ operator }) => outputOperators.has(operator))) return true;
  if (command.type !== 'SimpleCommand' || command.name === null) return false;
  const [first, ...others] = command.name.parts;
  return others.length === 0 && first?.type === 'Literal' && interpreters.has(first.value);
}

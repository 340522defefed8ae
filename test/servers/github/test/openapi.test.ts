import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGitHubServer, zoo } from '../src/index.ts';
import type { GitHubServer, Zoo } from '../src/index.ts';

const description = fileURLToPath(new URL('../../../oracles/.cache/api.github.com.json', import.meta.url));
const present = existsSync(description);
const reason = present ? '' : ' (skipped: `npm run fetch` in test/oracles has not been run)';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, { schema: unknown }>> }>
  >;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, unknown>>;
}

/** OpenAPI 3.0's `nullable` in the words of JSON Schema. */
function withoutNullable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutNullable);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, example: _, examples: __, discriminator: ___, ...rest } = node as Record<string, unknown>;
  const rewritten = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withoutNullable(value)]));
  return nullable === true ? { anyOf: [{ type: 'null' }, rewritten] } : rewritten;
}

describe.skipIf(!present)(`answers fit GitHub's published description${reason}`, () => {
  let server: GitHubServer;
  let fixture: Zoo;
  let api: Description;
  let ajv: Ajv;

  beforeAll(async () => {
    api = JSON.parse(readFileSync(description, 'utf8')) as Description;
    const components = withoutNullable(api.components);
    ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
    addFormats.default(ajv);
    // Not in ajv-formats; GitHub uses it for repository names.
    ajv.addFormat('repo.nwo', true);
    ajv.addSchema({ $id: 'https://api.github.example/', components });
    fixture = await zoo();
    server = await startGitHubServer({ tokens: ['known'] });
    server.addRepository('octo/zoo', { gitDir: fixture.gitDir });
    server.addRepository('octo/hidden', { gitDir: fixture.gitDir, private: true });
  });

  afterAll(async () => {
    await server.close();
    await fixture.remove();
  });

  /** Complaints about a body, judged by the schema of an operation's response. */
  const judge = (route: string, status: number, body: unknown, type = 'application/json'): readonly string[] => {
    const response = api.paths[route]?.['get']?.responses[String(status)];
    const name = response?.$ref?.split('/').at(-1);
    const resolved =
      name === undefined ? response : (api.components['responses'] as Record<string, typeof response>)[name];
    const content = resolved?.content?.[type];
    if (content === undefined) throw new Error(`no ${type} schema for ${status} of ${route}`);
    const schema = JSON.parse(
      JSON.stringify(withoutNullable(content.schema)).replaceAll(
        '"#/components/',
        '"https://api.github.example/#/components/',
      ),
    ) as object;
    const validate = ajv.compile(schema);
    if (validate(body)) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };

  const answer = async (
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown }> => {
    const reply = await fetch(`${server.url}${path}`, { headers });
    return { status: reply.status, body: await reply.json() };
  };

  const repository = '/repos/{owner}/{repo}';
  const cases: [route: string, path: string, type?: string][] = [
    [repository, '/repos/octo/zoo'],
    [`${repository}/git/trees/{tree_sha}`, '/repos/octo/zoo/git/trees/main'],
    [`${repository}/git/trees/{tree_sha}`, '/repos/octo/zoo/git/trees/main?recursive=1'],
    [`${repository}/contents/{path}`, '/repos/octo/zoo/contents/README.md'],
    [`${repository}/contents/{path}`, '/repos/octo/zoo/contents/content/over-1mb.txt'],
    [`${repository}/contents/{path}`, '/repos/octo/zoo/contents/links/dangling'],
    [`${repository}/contents/{path}`, '/repos/octo/zoo/contents/vendor/module'],
    [`${repository}/contents/{path}`, '/repos/octo/zoo/contents/links'],
    [`${repository}/contents/{path}`, '/repos/octo/zoo/contents/vendor'],
    [`${repository}/contents/{path}`, '/repos/octo/zoo/contents/docs', 'application/vnd.github.object'],
    [`${repository}/commits`, '/repos/octo/zoo/commits'],
    [`${repository}/commits/{ref}`, '/repos/octo/zoo/commits/main'],
    [`${repository}/commits/{ref}`, '/repos/octo/zoo/commits/light'],
    [`${repository}/git/ref/{ref}`, '/repos/octo/zoo/git/ref/heads/main'],
    [`${repository}/git/matching-refs/{ref}`, '/repos/octo/zoo/git/matching-refs/'],
    ['/rate_limit', '/rate_limit'],
  ];

  it.each(cases)('GET %s as %s', async (route, path, type = 'application/json') => {
    const { status, body } = await answer(path, { accept: type });
    expect(status).toBe(200);
    expect(judge(route, 200, body, type)).toEqual([]);
  });

  it('GET the repository with a token, while private', async () => {
    const { status, body } = await answer('/repos/octo/hidden', { authorization: 'Bearer known' });
    expect(status).toBe(200);
    expect(judge(repository, 200, body)).toEqual([]);
  });

  it('GET a blob, a commit object and an annotated tag', async () => {
    const { body: tree } = await answer('/repos/octo/zoo/git/trees/main');
    const blob = (tree as { tree: { type: string; sha: string }[] }).tree.find(({ type }) => type === 'blob');
    const { body } = await answer(`/repos/octo/zoo/git/blobs/${blob?.sha}`);
    expect(judge(`${repository}/git/blobs/{file_sha}`, 200, body)).toEqual([]);
    const { body: commit } = await answer(`/repos/octo/zoo/git/commits/${fixture.head}`);
    expect(judge(`${repository}/git/commits/{commit_sha}`, 200, commit)).toEqual([]);
    const { body: ref } = await answer('/repos/octo/zoo/git/ref/tags/v1.0.0');
    const { body: tag } = await answer(`/repos/octo/zoo/git/tags/${(ref as { object: { sha: string } }).object.sha}`);
    expect(judge(`${repository}/git/tags/{tag_sha}`, 200, tag)).toEqual([]);
  });

  it('errors', async () => {
    const missing = await answer('/repos/octo/zoo/contents/nope');
    expect(missing.status).toBe(404);
    expect(judge(`${repository}/contents/{path}`, 404, missing.body)).toEqual([]);
    server.repository('octo/hidden')?.update({ private: false, blocked: 'dmca' });
    const blocked = await answer('/repos/octo/hidden');
    expect(blocked.status).toBe(451);
    expect((blocked.body as { block: { reason: string } }).block.reason).toBe('dmca');
  });

  it('a body that does not fit is noticed', () => {
    expect(judge(`${repository}/git/trees/{tree_sha}`, 200, { sha: 5, tree: [] })).not.toEqual([]);
    expect(judge(`${repository}/git/ref/{ref}`, 200, { ref: 'refs/heads/main' })).not.toEqual([]);
  });
});

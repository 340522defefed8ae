import { runGit } from '../git.ts';
import { json } from '../reply.ts';
import { globalId } from '../encoding.ts';
import type { RepositoryContext, RepositoryRoute } from './route.ts';

/** `GET /repos/{o}/{r}`: https://docs.github.com/rest/repos/repos#get-a-repository */
export const repositoryRoute: RepositoryRoute = {
  name: 'repository',
  method: 'GET',
  pattern: /^\/?$/,
  docs: 'rest/repos/repos#get-a-repository',
  async handle(context) {
    const { repository, principal } = context;
    const isPrivate = repository.options.private === true;
    const [owner = '', name = ''] = repository.fullName.split('/');
    return json({
      id: repository.id,
      node_id: globalId('Repository', repository.id),
      name,
      full_name: repository.fullName,
      owner: ownerJson(context, owner),
      private: isPrivate,
      visibility: isPrivate ? 'private' : 'public',
      description: null,
      homepage: null,
      language: null,
      fork: false,
      archived: false,
      disabled: false,
      is_template: false,
      license: null,
      default_branch: await defaultBranch(context),
      created_at: '2024-01-01T00:00:00Z',
      updated_at: '2024-01-01T00:00:00Z',
      pushed_at: '2024-01-01T00:00:00Z',
      size: 0,
      topics: [],
      ...switches,
      ...counts,
      ...urls(context),
      ...(principal.token !== undefined && {
        permissions: { admin: false, maintain: false, push: false, triage: false, pull: true },
      }),
    });
  },
};

const switches = {
  has_issues: true,
  has_projects: true,
  has_downloads: true,
  has_wiki: true,
  has_pages: false,
  has_discussions: false,
  allow_forking: true,
  web_commit_signoff_required: false,
};

const counts = {
  forks: 0,
  forks_count: 0,
  network_count: 0,
  open_issues: 0,
  open_issues_count: 0,
  stargazers_count: 0,
  subscribers_count: 0,
  watchers: 0,
  watchers_count: 0,
};

/** Links below the API URL of a repository, by the member that carries them. */
const linkTemplates = {
  archive_url: '{archive_format}{/ref}',
  assignees_url: 'assignees{/user}',
  blobs_url: 'git/blobs{/sha}',
  branches_url: 'branches{/branch}',
  collaborators_url: 'collaborators{/collaborator}',
  comments_url: 'comments{/number}',
  commits_url: 'commits{/sha}',
  compare_url: 'compare/{base}...{head}',
  contents_url: 'contents/{+path}',
  contributors_url: 'contributors',
  deployments_url: 'deployments',
  downloads_url: 'downloads',
  events_url: 'events',
  forks_url: 'forks',
  git_commits_url: 'git/commits{/sha}',
  git_refs_url: 'git/refs{/sha}',
  git_tags_url: 'git/tags{/sha}',
  hooks_url: 'hooks',
  issue_comment_url: 'issues/comments{/number}',
  issue_events_url: 'issues/events{/number}',
  issues_url: 'issues{/number}',
  keys_url: 'keys{/key_id}',
  labels_url: 'labels{/name}',
  languages_url: 'languages',
  merges_url: 'merges',
  milestones_url: 'milestones{/number}',
  notifications_url: 'notifications{?since,all,participating}',
  pulls_url: 'pulls{/number}',
  releases_url: 'releases{/id}',
  stargazers_url: 'stargazers',
  statuses_url: 'statuses/{sha}',
  subscribers_url: 'subscribers',
  subscription_url: 'subscription',
  tags_url: 'tags',
  teams_url: 'teams',
  trees_url: 'git/trees{/sha}',
};

function urls({ repositoryUrl, htmlUrl }: RepositoryContext): Readonly<Record<string, string | null>> {
  const links = Object.entries(linkTemplates).map(([name, rest]) => [name, `${repositoryUrl}/${rest}`]);
  return {
    ...(Object.fromEntries(links) as Record<string, string>),
    url: repositoryUrl,
    html_url: htmlUrl,
    clone_url: `${htmlUrl}.git`,
    git_url: `${htmlUrl.replace(/^http/, 'git')}.git`,
    ssh_url: `${htmlUrl.replace(/^http:\/\//, 'git@')}.git`,
    svn_url: htmlUrl,
    mirror_url: null,
  };
}

function ownerJson({ url }: RepositoryContext, login: string): object {
  const user = `${url}/users/${login}`;
  return {
    login,
    id: 1,
    node_id: globalId('User', 1),
    avatar_url: `${url}/avatars/u/1`,
    gravatar_id: '',
    url: user,
    html_url: `${url}/${login}`,
    followers_url: `${user}/followers`,
    following_url: `${user}/following{/other_user}`,
    gists_url: `${user}/gists{/gist_id}`,
    starred_url: `${user}/starred{/owner}{/repo}`,
    subscriptions_url: `${user}/subscriptions`,
    organizations_url: `${user}/orgs`,
    repos_url: `${user}/repos`,
    events_url: `${user}/events{/privacy}`,
    received_events_url: `${user}/received_events`,
    type: 'User',
    site_admin: false,
  };
}

/** The branch HEAD names, also while it has no commit; `main` where HEAD is detached, as in a continuous integration checkout. */
async function defaultBranch({ repository, signal }: RepositoryContext): Promise<string> {
  const printed = await runGit(repository.options.gitDir, ['symbolic-ref', '--short', 'HEAD'], { signal }).catch(
    () => '',
  );
  return printed.toString().trim() || 'main';
}

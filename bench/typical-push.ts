/** The body of a GitHub push of three commits, with as many fields as the real one has: some 8 KB. */
export function typicalPush(): object {
  const api = 'https://api.github.com/repos/acme/shop';
  const urls = ['forks', 'keys', 'hooks', 'issue_events', 'assignees', 'branches', 'tags', 'blobs', 'git_tags', 'trees']
    .concat(['statuses', 'languages', 'stargazers', 'contributors', 'subscribers', 'subscription', 'commits', 'merges'])
    .concat(['git_commits', 'comments', 'issue_comment', 'contents', 'compare', 'archive', 'downloads', 'issues'])
    .concat(['pulls', 'milestones', 'notifications', 'labels', 'releases', 'deployments', 'collaborators', 'teams'])
    .map((name) => [`${name}_url`, `${api}/${name}{/id}`]);
  const user = { name: 'Ada Example', email: 'ada@example.com', username: 'ada' };
  const commit = (digit: string) => ({
    id: digit.repeat(40),
    tree_id: digit.repeat(40),
    distinct: true,
    message: 'Round prices half up\n\nThe shop rounded half down, which no customer expects.\n',
    timestamp: '2026-03-04T06:05:00+01:00',
    url: `https://github.com/acme/shop/commit/${digit.repeat(40)}`,
    author: user,
    committer: user,
    added: ['src/prices/round-half-up.ts', 'src/prices/round-half-up.test.ts'],
    removed: [],
    modified: ['src/prices/index.ts', 'docs/prices.md'],
  });
  const commits = ['1', '2', '3'].map(commit);
  const account = {
    login: 'acme',
    id: 1,
    node_id: 'MDEyOk9yZ2FuaXphdGlvbjE=',
    type: 'Organization',
    ...Object.fromEntries(urls.slice(0, 14)),
  };
  return {
    ref: 'refs/heads/main',
    before: '0123456789'.repeat(4),
    after: '3'.repeat(40),
    repository: {
      id: 4711,
      node_id: 'MDEwOlJlcG9zaXRvcnk0NzEx',
      name: 'shop',
      full_name: 'acme/shop',
      private: true,
      owner: account,
      html_url: 'https://github.com/acme/shop',
      clone_url: 'https://github.com/acme/shop.git',
      ssh_url: 'git@github.com:acme/shop.git',
      ...Object.fromEntries(urls),
      default_branch: 'main',
      topics: ['shop', 'prices'],
      pushed_at: 1_772_600_000,
    },
    pusher: { name: 'ada', email: 'ada@example.com' },
    organization: account,
    sender: account,
    created: false,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: 'https://github.com/acme/shop/compare/012345678901...333333333333',
    commits,
    head_commit: commits.at(-1),
  };
}

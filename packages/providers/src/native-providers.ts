/** A kind of Git server as AWS CodeConnections names it, by our names. */
export interface NativeProvider {
  readonly provider: string;
  /** Absent for servers of one's own. */
  readonly host?: string;
  /** From AWS's `FullRepositoryId` to a repository path. */
  readonly pathOf: (fullRepositoryId: string) => string;
}

const asItIs = (fullRepositoryId: string) => fullRepositoryId;

/** https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_Connection.html */
const NATIVE: Readonly<Record<string, NativeProvider>> = {
  AzureDevOps: { provider: 'azure-devops', host: 'dev.azure.com', pathOf: azurePath },
  Bitbucket: { provider: 'bitbucket-cloud', host: 'bitbucket.org', pathOf: asItIs },
  GitHub: { provider: 'github', host: 'github.com', pathOf: asItIs },
  GitHubEnterpriseServer: { provider: 'github', pathOf: asItIs },
  GitLab: { provider: 'gitlab', host: 'gitlab.com', pathOf: asItIs },
  GitLabSelfManaged: { provider: 'gitlab', pathOf: asItIs },
};

/** By AWS's `ProviderType`: `GitHubEnterpriseServer`. */
export function findNativeProvider(providerType: string): NativeProvider | undefined {
  return Object.hasOwn(NATIVE, providerType) ? NATIVE[providerType] : undefined;
}

/** `organization/project/repository` (which of the forms AWS uses is unconfirmed) as clone URLs have it. */
function azurePath(fullRepositoryId: string): string {
  const [organization, project, repository, ...rest] = fullRepositoryId.split('/');
  if (repository === undefined || project === '_git' || rest.length > 0) return fullRepositoryId;
  return `${organization}/${project}/_git/${repository}`;
}

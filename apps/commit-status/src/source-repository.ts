import { ParseError, parseGitUrl } from '@gitsource/events';
import { findNativeProvider } from '@gitsource/providers/statuses';

/** Where a source is from, as far as the source says it. */
export interface SourceRepository {
  /** `group/sub/project` */
  readonly path: string;
  /** Name of the provider, where the kind of source tells it. */
  readonly provider?: string;
  /** Lower case, without port. Absent where the source does not tell it. */
  readonly host?: string;
  /** Of its HTTPS address, where that is known. */
  readonly port?: number;
}

/** Repository of a custom action's `GitUrl`; `undefined` for one that is no Git URL. */
export function repositoryOfGitUrl(gitUrl: string): SourceRepository | undefined {
  try {
    const { host, kind, port, repositoryPath } = parseGitUrl(gitUrl.trim());
    // SSH has ports of its own.
    return { host, path: repositoryPath, ...(kind === 'https' && { port: port ?? 443 }) };
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/**
 * Repository of a native source action. AWS names the kind of server at the beginning of the revision's summary,
 * `{"ProviderType":"GitHub","CommitMessage":…}` (as seen in published answers), and one's own server nowhere; where both are missing,
 * the connection is found by the path alone. The revision's URL is a page of the console, which is not asked.
 */
export function repositoryOfConnection(fullRepositoryId: string, summary: string | undefined): SourceRepository {
  const [, providerType = ''] = /^\s*\{\s*"ProviderType"\s*:\s*"(\w+)"/.exec(summary ?? '') ?? [];
  const native = findNativeProvider(providerType);
  if (native === undefined) return { path: fullRepositoryId };
  const { host, pathOf, provider } = native;
  return { path: pathOf(fullRepositoryId), provider, ...(host !== undefined && { host }) };
}

/** Repository of the native source action of before connections. */
export function repositoryOfGithubV1({ Owner = '', Repo = '' }: Readonly<Record<string, string>>): SourceRepository {
  const { host = '', provider = '' } = findNativeProvider('GitHub') ?? {};
  return { path: `${Owner}/${Repo}`, host, provider };
}

/**
 * `FullRepositoryId` of the page of the console that CodePipeline gives instead of a provider's URL:
 * `https://<region>.console.aws.amazon.com/codesuite/settings/connections/redirect?connectionArn=…&FullRepositoryId=team/app&Commit=<sha>`.
 */
export function repositoryIdOfRedirect(revisionUrl: string | undefined): string | undefined {
  if (revisionUrl === undefined || !URL.canParse(revisionUrl)) return undefined;
  const { pathname, searchParams } = new URL(revisionUrl);
  if (!pathname.endsWith('/settings/connections/redirect')) return undefined;
  return searchParams.get('FullRepositoryId') ?? undefined;
}

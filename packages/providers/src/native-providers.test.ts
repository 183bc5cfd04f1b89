import { describe, expect, it } from 'vitest';
import { findNativeProvider } from './native-providers.ts';
import { findStatus } from './statuses.ts';

/** https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_Connection.html */
const PROVIDER_TYPES = ['AzureDevOps', 'Bitbucket', 'GitHub', 'GitHubEnterpriseServer', 'GitLab', 'GitLabSelfManaged'];

describe('findNativeProvider', () => {
  it.each(PROVIDER_TYPES)('%s is a provider that shows statuses', async (type) => {
    const native = findNativeProvider(type);

    expect(await findStatus(native?.provider ?? '')).toBeDefined();
    expect(native?.pathOf('group/app')).toBe('group/app');
  });

  it('writes the path of Azure DevOps as its clone URLs do', () => {
    const pathOf = findNativeProvider('AzureDevOps')?.pathOf;

    expect(pathOf?.('org/project/app')).toBe('org/project/_git/app');
    expect(pathOf?.('org/project/_git/app')).toBe('org/project/_git/app');
    expect(pathOf?.('org/_git/app')).toBe('org/_git/app');
  });

  it('knows no other', () => {
    expect(findNativeProvider('toString')).toBeUndefined();
  });
});

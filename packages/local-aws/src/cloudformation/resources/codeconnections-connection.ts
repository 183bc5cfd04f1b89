import { object, string, tags, word } from './property.ts';
import { defineResource, type ResourceContext, type ResourceType } from './resource-type.ts';
import { allTags, tagChanges } from './tag-changes.ts';

type Api = 'codeconnections' | 'codestar-connections';

const properties = object({
  ConnectionName: string,
  HostArn: string.optional(),
  ProviderType: word(
    'Bitbucket',
    'GitHub',
    'GitHubEnterpriseServer',
    'GitLab',
    'GitLabSelfManaged',
    'AzureDevOps',
  ).optional(),
  Tags: tags.optional(),
});

/**
 * A connection is made PENDING, and the stack is complete with it: only a person can finish it, in the console.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codeconnections-connection.html
 */
export const codeconnectionsConnection = connectionType('AWS::CodeConnections::Connection', 'codeconnections');

/** The same under its former name: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codestarconnections-connection.html */
export const codestarConnectionsConnection = connectionType(
  'AWS::CodeStarConnections::Connection',
  'codestar-connections',
);

function connectionType(type: string, api: Api): ResourceType {
  return defineResource({
    type,
    properties,
    attributes: ['ConnectionArn', 'ConnectionStatus', 'OwnerAccountId'],
    replacedBy: ['ConnectionName', 'HostArn', 'ProviderType'],
    create: async (context, { Tags, ...declared }) => {
      const all = allTags(context, Tags);
      const input = { ...declared, ...(all.length > 0 && { Tags: all }) };
      const { ConnectionArn } = await context.call<{ ConnectionArn: string }>(api, 'CreateConnection', input);
      context.created(ConnectionArn);
      return { physicalId: ConnectionArn, attributes: await attributesOf(context, api, ConnectionArn) };
    },
    update: async (context, { physicalId, properties: before }, declared) => {
      const { set, removed } = tagChanges(context, before.Tags, declared.Tags);
      const ResourceArn = physicalId;
      if (set.length > 0) await context.call(api, 'TagResource', { ResourceArn, Tags: set });
      if (removed.length > 0) await context.call(api, 'UntagResource', { ResourceArn, TagKeys: removed });
      return { physicalId, attributes: await attributesOf(context, api, physicalId) };
    },
    delete: async (context, { physicalId }) => {
      await context.call(api, 'DeleteConnection', { ConnectionArn: physicalId });
    },
  });
}

interface Attributes {
  readonly ConnectionArn: string;
  readonly ConnectionStatus: string;
  readonly OwnerAccountId: string;
}

/** As they are now: a stack's outputs keep the status of the connection's creation until its next update. */
async function attributesOf(
  context: ResourceContext,
  api: Api,
  arn: string,
): Promise<Readonly<Record<string, string>>> {
  const { Connection } = await context.call<{ Connection: Attributes }>(api, 'GetConnection', { ConnectionArn: arn });
  const { ConnectionArn, ConnectionStatus, OwnerAccountId } = Connection;
  return { ConnectionArn, ConnectionStatus, OwnerAccountId };
}

import { boolean, document, object, string } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';

interface Policy {
  readonly SecretId: string;
  readonly ResourcePolicy: string;
  readonly BlockPublicPolicy?: boolean | undefined;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-resourcepolicy.html */
export const secretsmanagerResourcePolicy = defineResource<Policy>({
  type: 'AWS::SecretsManager::ResourcePolicy',
  properties: object({ BlockPublicPolicy: boolean.optional(), ResourcePolicy: document, SecretId: string }),
  attributes: ['Id'],
  replacedBy: ['SecretId'],
  create: put,
  update: (context, _existing, policy) => put(context, policy),
  delete: async (context, { physicalId }) => {
    await context.call('secretsmanager', 'DeleteResourcePolicy', { SecretId: physicalId });
  },
});

async function put(context: ResourceContext, policy: Policy) {
  const { ARN } = await context.call<{ ARN: string }>('secretsmanager', 'PutResourcePolicy', policy);
  return { physicalId: ARN, attributes: { Id: ARN } };
}

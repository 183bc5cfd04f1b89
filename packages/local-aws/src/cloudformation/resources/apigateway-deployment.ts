import { object, string } from './property.ts';
import { defineResource } from './resource-type.ts';

/**
 * A snapshot: what changes in the API later reaches no stage until a deployment of another logical ID is made, as on AWS.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
 */
export const apigatewayDeployment = defineResource({
  type: 'AWS::ApiGateway::Deployment',
  properties: object({ Description: string.optional(), RestApiId: string }),
  attributes: ['DeploymentId'],
  replacedBy: 'all',
  create: async (context, { RestApiId: restApiId, Description: description }) => {
    const { id } = await context.call<{ id: string }>('apigateway', 'CreateDeployment', { restApiId, description });
    return { physicalId: id, attributes: { DeploymentId: id } };
  },
  delete: async (context, { physicalId: deploymentId, properties: { RestApiId: restApiId } }) => {
    await context.call('apigateway', 'DeleteDeployment', { restApiId, deploymentId });
  },
});

import { updateTags } from './apigateway-rest-api.ts';
import { object, string, stringMap, tags } from './property.ts';
import { defineResource } from './resource-type.ts';
import { tagMap } from './tag-changes.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-stage.html */
export const apigatewayStage = defineResource({
  type: 'AWS::ApiGateway::Stage',
  properties: object({
    DeploymentId: string,
    Description: string.optional(),
    RestApiId: string,
    StageName: string,
    Tags: tags.optional(),
    Variables: stringMap.optional(),
  }),
  attributes: [],
  replacedBy: ['RestApiId', 'StageName'],
  nameProperty: 'StageName',
  create: async (context, stage) => {
    await context.call('apigateway', 'CreateStage', {
      restApiId: stage.RestApiId,
      stageName: stage.StageName,
      deploymentId: stage.DeploymentId,
      description: stage.Description,
      variables: stage.Variables,
      tags: tagMap(context, stage.Tags),
    });
    return { physicalId: stage.StageName };
  },
  update: async (context, { physicalId, properties: before }, stage) => {
    const { RestApiId: restApiId, StageName: stageName, Variables = {} } = stage;
    const gone = Object.keys(before.Variables ?? {}).filter((name) => !(name in Variables));
    const patchOperations = [
      { op: 'replace', path: '/deploymentId', value: stage.DeploymentId },
      { op: 'replace', path: '/description', value: stage.Description ?? '' },
      ...Object.entries(Variables).map(([name, value]) => ({ op: 'replace', path: `/variables/${name}`, value })),
      ...gone.map((name) => ({ op: 'remove', path: `/variables/${name}` })),
    ];
    await context.call('apigateway', 'UpdateStage', { restApiId, stageName, patchOperations });
    await updateTags(context, `/restapis/${restApiId}/stages/${stageName}`, before.Tags, stage.Tags);
    return { physicalId };
  },
  delete: async (context, { properties: { RestApiId: restApiId, StageName: stageName } }) => {
    await context.call('apigateway', 'DeleteStage', { restApiId, stageName });
  },
});

import type * as api from '@aws-sdk/client-cloudformation';
import { type Operation, ServiceError } from '../../cloud/service.ts';
import { isList, textOf } from '../template/json.ts';
import { defaultOf, isNoEcho } from '../template/parameters.ts';
import { readTemplate, type Template } from '../template/template.ts';
import { validationError } from '../template/template-error.ts';
import { type CloudFormation, stackArn } from './prepare.ts';
import { readTemplateSource } from './template-source.ts';

type Answer<T> = Omit<T, '$metadata'>;

const IAM_TYPES = new Set(['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']);
const NAME_PROPERTIES = ['RoleName', 'ManagedPolicyName'];

export function templateOperations(service: CloudFormation): Readonly<Record<string, Operation>> {
  return {
    GetTemplate: getTemplate(service),
    GetTemplateSummary: getTemplateSummary(service),
    ValidateTemplate: validateTemplate(service),
  };
}

function getTemplate({
  cloud,
  store,
}: CloudFormation): Operation<api.GetTemplateCommandInput, Answer<api.GetTemplateCommandOutput>> {
  return {
    permissions: ({ StackName: name = '' }) => [
      { action: 'cloudformation:GetTemplate', resource: store.find(name)?.id ?? `${stackArn(cloud, name)}*` },
    ],
    run: async (input) => {
      if (input.ChangeSetName !== undefined)
        throw new ServiceError('ValidationError', 'GetTemplate of a change set is not supported here');
      return { TemplateBody: store.get(input.StackName).template, StagesAvailable: ['Original', 'Processed'] };
    },
  };
}

function getTemplateSummary(
  service: CloudFormation,
): Operation<api.GetTemplateSummaryCommandInput, Answer<api.GetTemplateSummaryCommandOutput>> {
  return {
    permissions: () => [{ action: 'cloudformation:GetTemplateSummary', resource: '*' }],
    run: async (input, call) => {
      const text =
        input.StackName === undefined
          ? await readTemplateSource(service.cloud, call.principal, input)
          : service.store.get(input.StackName).template;
      const template = readTemplate(text);
      return {
        Parameters: Object.entries(template.parameters).map(([name, declaration]) => ({
          ...parameter(name, declaration),
          ParameterType: textOf(declaration.Type),
          ParameterConstraints: isList(declaration.AllowedValues)
            ? { AllowedValues: declaration.AllowedValues.map(String) }
            : {},
        })),
        ...described(template),
        ...capabilities(template),
        ResourceTypes: [...new Set(Object.values(template.resources).map(({ type }) => type))],
        Version: '2010-09-09',
        ...(Object.keys(template.metadata).length === 0 ? {} : { Metadata: JSON.stringify(template.metadata) }),
      };
    },
  };
}

function validateTemplate(
  service: CloudFormation,
): Operation<api.ValidateTemplateCommandInput, Answer<api.ValidateTemplateCommandOutput>> {
  return {
    permissions: () => [{ action: 'cloudformation:ValidateTemplate', resource: '*' }],
    run: async (input, call) => {
      const template = readTemplate(await readTemplateSource(service.cloud, call.principal, input));
      const unknown = Object.values(template.resources).filter(({ type }) => !service.types.has(type));
      if (unknown.length > 0)
        throw validationError([
          `Template format error: Unrecognized resource types: [${unknown.map(({ type }) => type).join(', ')}]`,
        ]);
      return {
        Parameters: Object.entries(template.parameters).map(([name, declaration]) => parameter(name, declaration)),
        ...described(template),
        ...capabilities(template),
      };
    },
  };
}

function parameter(name: string, declaration: Template['parameters'][string]) {
  const byDefault = defaultOf(declaration);
  return {
    ParameterKey: name,
    ...(byDefault === undefined ? {} : { DefaultValue: byDefault }),
    NoEcho: isNoEcho(declaration),
    ...(typeof declaration.Description === 'string' ? { Description: declaration.Description } : {}),
  };
}

function described({ description }: Template): { Description?: string } {
  return description === undefined ? {} : { Description: description };
}

function capabilities(template: Template): { Capabilities?: api.Capability[]; CapabilitiesReason?: string } {
  const iam = Object.values(template.resources).filter(({ type }) => IAM_TYPES.has(type));
  if (iam.length === 0) return {};
  const isNamed = iam.some(({ properties }) => NAME_PROPERTIES.some((name) => properties[name] !== undefined));
  const types = [...new Set(iam.map(({ type }) => type))].join(', ');
  return {
    Capabilities: [isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    CapabilitiesReason: `The following resource(s) require capabilities: [${types}]`,
  };
}

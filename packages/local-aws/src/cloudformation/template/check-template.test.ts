// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax of Fn::Sub.
import { describe, expect, it } from 'vitest';
import { RESOURCE_TYPES } from '../resources/registry.ts';
import { bindTemplate, type Environment } from './bind-template.ts';
import { checkTemplate } from './check-template.ts';
import { readTemplate } from './template.ts';

const ENVIRONMENT: Environment = {
  region: 'eu-west-1',
  accountId: '123456789012',
  partition: 'aws',
  stackId: 'arn:stack',
  stackName: 'demo',
  notificationArns: [],
  exported: () => undefined,
};
const BUCKET = 'Resources: {Bucket: {Type: AWS::S3::Bucket}}';

function check(text: string, parameters: Record<string, string> = {}) {
  return checkTemplate(bindTemplate(readTemplate(text), parameters, ENVIRONMENT), RESOURCE_TYPES);
}

describe('checkTemplate', () => {
  it.each([
    ['an unknown type', 'Resources: {A: {Type: AWS::Moon::Base}}', 'Unrecognized resource types: [AWS::Moon::Base]'],
    [
      'an unknown property',
      'Resources: {A: {Type: AWS::S3::Bucket, Properties: {Colour: red}}}',
      'Encountered unsupported property Colour',
    ],
    [
      'an unknown nested property',
      'Resources: {A: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled, Mfa: 1}}}}',
      '/VersioningConfiguration/Mfa',
    ],
    [
      'a missing property',
      'Resources: {A: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/x}}}',
      'required key [TargetKeyId] not found',
    ],
    [
      'a wrong word',
      'Resources: {A: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: On please}}}}',
      'is not one of [Enabled, Suspended]',
    ],
    [
      'an unknown attribute',
      `${BUCKET}\nOutputs: {O: {Value: !GetAtt Bucket.Colour}}`,
      'does not support attribute type Colour',
    ],
    [
      'an unknown attribute in Sub',
      `${BUCKET}\nOutputs: {O: {Value: !Sub '\${Bucket.Colour}'}}`,
      'does not support attribute type Colour',
    ],
    [
      'an unknown name in a branch not taken',
      `Conditions: {Never: !Equals [a, b]}\n${BUCKET}\nOutputs: {O: {Value: !If [Never, !Ref Ghost, x]}}`,
      '[Ghost] in the Outputs block',
    ],
    [
      'a resource that its condition leaves out',
      `Conditions: {Never: !Equals [a, b]}\nResources: {A: {Type: AWS::S3::Bucket, Condition: Never}}\nOutputs: {O: {Value: !Ref A}}`,
      'its condition Never is false',
    ],
    ['an unknown DependsOn', 'Resources: {A: {Type: AWS::S3::Bucket, DependsOn: Ghost}}', '[Ghost]'],
    [
      'a circle',
      "Resources: {A: {Type: AWS::S3::Bucket, DependsOn: B}, B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${A}-b'}}}",
      'Circular dependency between resources: [A, B]',
    ],
    [
      'a CreationPolicy',
      'Resources: {A: {Type: AWS::S3::Bucket, CreationPolicy: {}}}',
      'CreationPolicy is not supported here',
    ],
    [
      'a Snapshot policy',
      'Resources: {A: {Type: AWS::S3::Bucket, DeletionPolicy: Snapshot}}',
      'Unrecognized DeletionPolicy "Snapshot"',
    ],
    [
      'a Transform',
      `Transform: AWS::Serverless-2016-10-31\n${BUCKET}`,
      'Transform (macros, SAM) is not supported here',
    ],
    [
      'an interface with an unknown parameter',
      `Metadata: {AWS::CloudFormation::Interface: {ParameterLabels: {Ghost: {default: x}}}}\n${BUCKET}`,
      'names the unknown parameter Ghost',
    ],
    [
      'a condition circle',
      `Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n${BUCKET}`,
      'depends on itself',
    ],
    ['an alias', 'Resources: {A: &a {Type: AWS::S3::Bucket}, B: *a}', 'aliases are not supported'],
    ['an unknown tag', 'Resources: {A: {Type: !Nope x}}', 'Unrecognized tag !Nope'],
    ['a null', 'Resources: {A: {Type: AWS::S3::Bucket, Properties: }}', 'null values are not allowed'],
    ['a duplicate key', 'Resources: {A: {Type: AWS::S3::Bucket}, A: {Type: AWS::S3::Bucket}}', 'YAML not well-formed'],
  ])('refuses %s', (_name, text, message) => {
    expect(() => check(text)).toThrow(message);
  });

  it('names every problem at once', () => {
    const text =
      'Resources: {A: {Type: AWS::Moon::Base}, B: {Type: AWS::S3::Bucket, Properties: {Colour: red, BucketName: !Ref Ghost}}}';

    expect(() => check(text)).toThrow(/problems:[\s\S]*AWS::Moon::Base[\s\S]*Ghost/);
  });

  it('knows what needs what, and which capability', () => {
    const text = `Resources:
  Key: {Type: AWS::KMS::Key}
  Queue: {Type: AWS::SQS::Queue, DependsOn: Key, Properties: {KmsMasterKeyId: !Sub '\${Key.Arn}'}}
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: fixed, AssumeRolePolicyDocument: {}}}`;

    const { dependencies, capabilities } = check(text);

    expect(dependencies.get('Queue')).toEqual(new Set(['Key']));
    expect(capabilities.get('CAPABILITY_NAMED_IAM')).toEqual(['Role']);
  });
});

describe('parameters', () => {
  const template = (declaration: string) => `Parameters: {P: ${declaration}}\n${BUCKET}`;

  it.each([
    ['no value', '{Type: String}', undefined, 'Parameters: [P] must have values'],
    ['a value not allowed', '{Type: String, AllowedValues: [a, b]}', 'c', 'Parameter P must be one of [a, b]: c'],
    [
      'a pattern',
      "{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: lower case only}",
      'Ab',
      'Parameter P failed to satisfy constraint: lower case only',
    ],
    ['a short value', '{Type: String, MinLength: 3}', 'ab', 'must contain at least 3 characters'],
    ['a long value', '{Type: String, MaxLength: 3}', 'abcd', 'must contain at most 3 characters'],
    ['a large number', '{Type: Number, MaxValue: 10}', '11', 'not greater than 10'],
    ['no number', '{Type: Number}', 'ten', "Parameter 'P' must be a number"],
    ['an SSM type', '{Type: AWS::SSM::Parameter::Value<String>}', 'x', 'Systems Manager parameter types'],
    ['an unknown type', '{Type: Colour}', 'x', 'Unrecognized parameter type'],
    ['an unknown key', '{Type: String, Kind: x}', 'x', 'unsupported key Kind'],
    ['a secret', '{Type: String, NoEcho: true, MinLength: 9}', 'hunter2', 'at least 9 characters: ****'],
  ])('refuses %s', (_name, declaration, value, message) => {
    expect(() => check(template(declaration), value === undefined ? {} : { P: value })).toThrow(message);
  });

  it('refuses a parameter that the template does not have', () => {
    expect(() => check(BUCKET, { Ghost: 'x' })).toThrow('Parameters: [Ghost] do not exist in the template');
  });
});

describe('rules', () => {
  const template = `Parameters:
  Vpc: {Type: String, Default: ''}
  Subnets: {Type: CommaDelimitedList, Default: ''}
Rules:
  Network:
    RuleCondition: !Not [!Equals [!Ref Vpc, '']]
    Assertions:
      - Assert: !Not [!Equals [!Join ['', [x]], '']]
        AssertDescription: never evaluated
${BUCKET}`;
  const subnets = template
    .replace("!Not [!Equals [!Join ['', [x]], '']]", "!Not [!Contains [!Ref Subnets, '']]")
    .replace('never evaluated', 'A VPC needs Subnets');

  it('holds where its condition does not apply', () => {
    expect(() => check(subnets)).not.toThrow();
    expect(() => check(subnets, { Vpc: 'vpc-1', Subnets: 's-1,s-2' })).not.toThrow();
  });

  it('fails with its description', () => {
    expect(() => check(subnets, { Vpc: 'vpc-1' })).toThrow('Rule Network failed: A VPC needs Subnets');
  });

  it('refuses functions that rules do not have', () => {
    expect(() => check(template, { Vpc: 'vpc-1' })).toThrow('Fn::Join cannot be used in Rules');
  });
});

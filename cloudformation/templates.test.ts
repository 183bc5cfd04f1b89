import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { envSpec as downloadEnvSpec } from '../apps/archive-download/src/config.ts';
import { envSpec as statusEnvSpec } from '../apps/commit-status/src/config.ts';
import { envSpec } from '../apps/custom-action/src/config.ts';
import { envSpec as triggerEnvSpec } from '../apps/pipeline-trigger/src/config.ts';
import * as trigger from '../apps/pipeline-trigger/src/start-pipeline.ts';
import { pushEnvSpec } from '../apps/source-clone/src/config.ts';
import { envSpec as fetchEnvSpec } from '../apps/source-fetch/src/config.ts';
import { envSpec as receiverEnvSpec } from '../apps/webhook-receiver/src/config.ts';
import { ACTION_CONFIGURATION_KEYS } from '../packages/job-protocol/src/action-configuration.ts';
import { pushSettingsSpec } from '../packages/lanes/src/push-settings.ts';
import * as pinned from '../packages/lanes/src/read-pinned-source.ts';

const FOLDER = import.meta.dirname;
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

interface Parameter {
  readonly Type: string;
  readonly Description?: string;
  readonly Default?: string | number;
  readonly AllowedPattern?: string;
  readonly ConstraintDescription?: string;
}

interface Template {
  readonly Description: string;
  readonly Metadata: {
    readonly 'AWS::CloudFormation::Interface': {
      readonly ParameterGroups: readonly { readonly Parameters: readonly string[] }[];
      readonly ParameterLabels: Readonly<Record<string, unknown>>;
    };
  };
  readonly Parameters: Readonly<Record<string, Parameter>>;
  // biome-ignore lint/suspicious/noExplicitAny: a template's resources are looked into, not typed
  readonly Resources: Readonly<Record<string, any>>;
}

/** Short-form intrinsics become `{ "!Sub": … }`, enough to look into a template. */
function readTemplate(file: string): Template {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const tags = [...new Set(text.match(/(?<=[\s[,])![A-Z]\w+/g))];
  const customTags = tags.flatMap((tag) => [
    { tag, resolve: (value: string) => ({ [tag]: value }) },
    { tag, collection: 'seq' as const, resolve: (value: { toJSON(): unknown }) => ({ [tag]: value.toJSON() }) },
    { tag, collection: 'map' as const, resolve: (value: { toJSON(): unknown }) => ({ [tag]: value.toJSON() }) },
  ]);
  return parse(text, { customTags }) as Template;
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

describe.each(FILES)('%s', (file) => {
  const template = readTemplate(file);
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const parameters = Object.entries(template.Parameters);

  it('fits into a --template-body', () => {
    expect(statSync(join(FOLDER, file)).size).toBeLessThanOrEqual(51_200);
  });

  it('groups, labels, describes and uses every parameter', () => {
    const { ParameterGroups, ParameterLabels } = template.Metadata['AWS::CloudFormation::Interface'];
    const names = parameters.map(([name]) => name).sort();
    const body = text.slice(text.search(/^(Rules|Mappings|Conditions|Resources):/m));

    expect(ParameterGroups.flatMap((group) => group.Parameters).sort()).toEqual(names);
    expect(Object.keys(ParameterLabels).sort()).toEqual(names);
    expect(parameters.filter(([, parameter]) => !parameter.Description).map(([name]) => name)).toEqual([]);
    expect(names.filter((name) => !new RegExp(`(!Ref |\\$\\{)${name}\\b`).test(body))).toEqual([]);
  });

  it('explains every pattern, and every default matches its own', () => {
    for (const [name, parameter] of parameters) {
      if (parameter.AllowedPattern === undefined) continue;
      expect(parameter.ConstraintDescription, name).toMatch(/^must /);
      const pattern = new RegExp(parameter.AllowedPattern);
      if (parameter.Default !== undefined) expect(String(parameter.Default), name).toMatch(pattern);
    }
  });

  it('names partitions and Regions by pseudo parameters', () => {
    // A rule may say where a service is not.
    const rest = text.replace(/^ {2}RegionHas\w+:\n(?: {4}.*\n)+/m, '');
    expect(text.match(/arn:aws:(?!\[)/g)).toBeNull();
    expect(rest.match(/\b(us|eu|ap)-(east|west|central|north|south)[a-z]*-\d\b/g)).toBeNull();
  });

  it.skipIf(!isInstalled('cfn-lint'))('is clean for cfn-lint (skipped where cfn-lint is not installed)', () => {
    const result = spawnSync('cfn-lint', ['--non-zero-exit-code', 'informational', join(FOLDER, file)], {
      encoding: 'utf8',
    });
    expect(result.stdout).toBe('');
    expect(result.status).toBe(0);
  });
});

describe('permissions', () => {
  /** `template/Resource Sid` of the statements whose resource is `*`, with the reason; any other one fails. */
  const ALLOWED: Readonly<Record<string, string>> = {
    'commit-status.yaml/FunctionRole FindConnections': 'ListSecrets has no resource level in IAM',
    'commit-status.yaml/FunctionRole UseNetwork': "Lambda's documented statement for functions in a VPC",
    'custom-action.yaml/FetchRole ReadAndAnswerJobs': 'GetJobDetails and PutJob…Result have no resource level in IAM',
    'custom-action.yaml/FetchRole UseNetwork': "Lambda's documented statement for functions in a VPC",
    'custom-action.yaml/FunctionRole AnswerJobs':
      'AcknowledgeJob and PutJobFailureResult have no resource level in IAM',
    'custom-action.yaml/ProjectRole ReadAndAnswerJobs': 'GetJobDetails and PutJob…Result have no resource level in IAM',
    'custom-action.yaml/ProjectRole UseNetwork': "CodeBuild's documented statement for builds in a VPC",
    'git-to-s3.yaml/DownloadRole UseNetwork': "Lambda's documented statement for functions in a VPC",
    'git-to-s3.yaml/FetchRole UseNetwork': "Lambda's documented statement for functions in a VPC",
    'git-to-s3.yaml/GitPullRole UseNetwork': "CodeBuild's documented statement for builds in a VPC",
  };

  it('have no wildcard resource but those listed with their reason', () => {
    const found = FILES.flatMap((file) =>
      Object.entries(readTemplate(file).Resources).flatMap(([resource, { Properties }]) =>
        statements(Properties)
          .filter((statement) => [statement.Resource].flat().includes('*') || [statement.Action].flat().includes('*'))
          .map((statement) => `${file}/${resource} ${statement.Sid}`),
      ),
    );
    expect(found.sort()).toEqual(Object.keys(ALLOWED).sort());
  });
});

interface Statement {
  readonly Sid?: string;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

/** Every policy statement of a resource, also those behind an `!If`. */
function statements(value: unknown): Statement[] {
  if (Array.isArray(value)) return value.flatMap(statements);
  if (typeof value !== 'object' || value === null) return [];
  if ('Effect' in value && 'Action' in value && 'Resource' in value) return [value];
  return Object.values(value).flatMap(statements);
}

describe('custom-action.yaml', () => {
  const { Resources } = readTemplate('custom-action.yaml');

  it('declares the keys that the code reads, none secret or queryable', () => {
    const properties: { Name: string; Secret: boolean; Queryable: boolean; Description: string }[] =
      Resources.ActionType.Properties.ConfigurationProperties;

    expect(properties.map(({ Name }) => Name)).toEqual([...ACTION_CONFIGURATION_KEYS]);
    expect(properties.filter(({ Secret, Queryable }) => Secret || Queryable)).toEqual([]);
    expect(properties.filter(({ Description }) => Description.length > 160)).toEqual([]);
  });

  it("sets the variables that the Lambda's configuration names, and logging's own", () => {
    const variables = Object.keys(Resources.Function.Properties.Environment.Variables);
    expect(variables.filter((name) => !name.startsWith('POWERTOOLS_')).sort()).toEqual(Object.keys(envSpec).sort());
  });

  it('starts the Lambda for its own provider and version only', () => {
    expect(Resources.ActionStarted.Properties.EventPattern.detail.type).toEqual({
      owner: ['Custom'],
      category: ['Source'],
      provider: [{ '!Ref': 'ActionProvider' }],
      version: [{ '!Ref': 'ActionVersion' }],
    });
  });

  it('sends what a rule could not deliver to the dead-letter queue', () => {
    const rules = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Events::Rule');
    for (const rule of rules) expect(rule.Properties.Targets[0].DeadLetterConfig).toBeDefined();
    expect(rules).toHaveLength(4);
  });

  it('names the zips that the apps build', () => {
    const text = readFileSync(join(FOLDER, 'custom-action.yaml'), 'utf8');
    const named = [...new Set([...text.matchAll(/\$\{CodePrefix\}([a-z-]+)\.zip/g)].map(([, app]) => app))];
    const apps = execFileSync('git', ['ls-files', 'apps/*/package.json'], {
      encoding: 'utf8',
      cwd: join(FOLDER, '..'),
    });
    for (const app of named) expect(apps).toContain(`apps/${app}/package.json`);
    expect(named).toHaveLength(3);
  });
});

describe('webhook-receiver.yaml', () => {
  const { Resources } = readTemplate('webhook-receiver.yaml');

  it.each([
    ['Receiver', receiverEnvSpec],
    ['Trigger', triggerEnvSpec],
  ])("sets the variables that the configuration of %s names, and logging's own", (resource, spec) => {
    const variables = Object.keys(Resources[resource].Properties.Environment.Variables);
    expect(variables.filter((name) => !name.startsWith('POWERTOOLS_')).sort()).toEqual(Object.keys(spec).sort());
  });

  it('lets nobody but its own gateways invoke the receiver, and nobody but rules of its bus the trigger', () => {
    const permissions = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Permission');
    const sources = permissions.map(([name, { Properties }]) => [name, Properties.SourceArn ?? Properties.Principal]);
    const account = `\${AWS::Region}:\${AWS::AccountId}`;
    const gateway = `arn:\${AWS::Partition}:execute-api:${account}`;
    expect(Object.fromEntries(sources)).toEqual({
      HttpPermission: { '!Sub': `${gateway}:\${HttpApi}/*/POST/webhooks/*` },
      PrivatePermission: { '!Sub': `${gateway}:\${PrivateApi}/*/POST/webhooks/*` },
      FunctionUrlPermission: '*',
      FunctionUrlInvokePermission: '*',
      TriggerPermission: { '!Sub': `arn:\${AWS::Partition}:events:${account}:rule/\${Bus}/*` },
    });
  });
});

describe('git-to-s3.yaml', () => {
  const { Resources } = readTemplate('git-to-s3.yaml');

  it.each([
    ['Receiver', receiverEnvSpec],
    ['Download', downloadEnvSpec],
    ['Fetch', { ...fetchEnvSpec, ...pushSettingsSpec }],
  ])("sets the variables that the configuration of %s names, and logging's own", (resource, spec) => {
    const variables = Object.keys(Resources[resource].Properties.Environment.Variables);
    const ofTemplate = Object.keys(spec).filter((name) => !name.startsWith('AWS_'));
    expect(variables.filter((name) => !/^(?:POWERTOOLS|MALLOC)_/.test(name)).sort()).toEqual(ofTemplate.sort());
  });

  it('gives both lanes of git pull the same settings', () => {
    const { Variables } = Resources.Fetch.Properties.Environment;
    const ofBuild: { Name: string; Value: unknown }[] = Resources.GitPull.Properties.Environment.EnvironmentVariables;
    const settings = ofBuild.filter(({ Name }) => Name !== 'LANE_NOTES_PATH');

    expect(settings.map(({ Name }) => Name).sort()).toEqual(Object.keys(pushSettingsSpec).sort());
    for (const { Name, Value } of settings) expect(Variables[Name], Name).toEqual(Value);
  });

  it('tells a build of a push, or of one that a function lost, in the same words', () => {
    const [{ '!If': ofPush }] = Resources.GitPullRule.Properties.Targets;
    const [lost] = Resources.FetchLost.Properties.Targets;
    const { InputPathsMap, InputTemplate } = ofPush[2].InputTransformer;
    const named = [...InputTemplate.matchAll(/"name":"(\w+)"/g)].map(([, name]) => name);
    const paths = Object.entries<string>(lost.InputTransformer.InputPathsMap);

    expect(named).toEqual(Object.keys(pushEnvSpec));
    expect(lost.InputTransformer.InputTemplate).toBe(InputTemplate);
    const withinEvent = paths.map(([name, path]) => [name, path.replace('$.detail.requestPayload', '$')]);
    expect(Object.fromEntries(withinEvent)).toEqual(InputPathsMap);
  });

  it('starts nothing for a deleted ref', () => {
    expect(Resources.GitPullRule.Properties.EventPattern.detail.deleted).toEqual([false]);
    expect(Resources.FetchLost.Properties.EventPattern.detail.requestPayload.detail.deleted).toEqual([false]);
  });
});

describe('sample-pipeline-codeconnections.yaml', () => {
  const { Parameters, Resources } = readTemplate('sample-pipeline-codeconnections.yaml');

  it.each([
    ['team/app', true],
    ['group/subgroup/project.name', true],
    ['~ada/app', false],
    ['app', false],
    ['team/app.git', false],
    ['/team/app', false],
    ['team//app', false],
    ['team/app/', false],
    ['team/-app', false],
    ['https://git.example.com/team/app', false],
    ['git@git.example.com:team/app', false],
  ])('takes %s as a repository: %s', (path, expected) => {
    expect(new RegExp(Parameters.FullRepositoryId?.AllowedPattern ?? '').test(path)).toBe(expected);
  });

  it.each(['BranchPatterns', 'BranchExcludes', 'TagPatterns', 'TagExcludes', 'PullRequestBranches', 'PathIncludes'])(
    'takes as many %s as CodePipeline does',
    (name) => {
      const pattern = new RegExp(Parameters[name]?.AllowedPattern ?? '');
      const patterns = (count: number) => Array.from({ length: count }, () => 'p'.repeat(255)).join(',');

      expect([patterns(1), patterns(8), 'release/**', ''].filter((value) => !pattern.test(value))).toEqual([]);
      expect([patterns(9), 'p'.repeat(256), 'a,', 'a, b', '*.{a,b}'].filter((value) => pattern.test(value))).toEqual(
        [],
      );
    },
  );

  it('lets each role use the connection for this repository only', () => {
    const uses = statements(Resources).filter(({ Action }) => String(Action).endsWith(':UseConnection'));

    // Each twice, for a connection under the former name.
    expect(uses.map(({ Sid }) => Sid).join()).toBe('UseConnection,UseConnection,CloneRepository,CloneRepository');
    for (const { Action, Condition } of uses) {
      const [prefix] = String(Action).split(':');
      const key = `${prefix}:FullRepositoryId`;
      expect(Condition).toEqual({ 'ForAllValues:StringEquals': { [key]: { '!Ref': 'FullRepositoryId' } } });
    }
  });
});

describe('commit-status.yaml', () => {
  const { Resources } = readTemplate('commit-status.yaml');
  const rules = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::Events::Rule');

  it("sets the variables that the function's configuration names, and logging's own", () => {
    const variables = Object.keys(Resources.Function.Properties.Environment.Variables);
    expect(variables.filter((name) => !name.startsWith('POWERTOOLS_')).sort()).toEqual(
      Object.keys(statusEnvSpec).sort(),
    );
  });

  it('tells every end of an execution, and lets no other than its rules invoke the function', () => {
    const { state } = Resources.ExecutionRule.Properties.EventPattern.detail;
    expect(state).toEqual(expect.arrayContaining(['SUCCEEDED', 'FAILED', 'STOPPED', 'CANCELED', 'SUPERSEDED']));
    const permissions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Permission');
    expect(new Set(permissions.map(({ Properties }) => Properties.SourceArn['!GetAtt']))).toEqual(
      new Set(rules.map(([name]) => `${name}.Arn`)),
    );
  });

  it('keeps what a rule or the function gives up', () => {
    for (const [, { Properties }] of rules) {
      expect(Properties.Targets[0].DeadLetterConfig.Arn).toEqual({ '!GetAtt': 'DeadLetterQueue.Arn' });
    }
    const { DestinationConfig } = Resources.FunctionRetries.Properties;
    expect(DestinationConfig.OnFailure.Destination).toEqual({ '!GetAtt': 'DeadLetterQueue.Arn' });
  });
});

describe('sample-pipeline.yaml', () => {
  it('passes every configuration key to the source action', () => {
    const { Resources } = readTemplate('sample-pipeline.yaml');
    const [source] = Resources.Pipeline.Properties.Stages[0].Actions;
    expect(Object.keys(source.Configuration)).toEqual([...ACTION_CONFIGURATION_KEYS]);
  });

  it('declares the variables that the trigger gives and the source action reads', () => {
    const { Resources } = readTemplate('sample-pipeline.yaml');
    const declared = Resources.Pipeline.Properties.Variables.map(({ Name }: { readonly Name: string }) => Name);
    expect(declared).toEqual([trigger.COMMIT_VARIABLE, trigger.REF_VARIABLE]);
    expect(declared).toEqual([pinned.COMMIT_VARIABLE, pinned.REF_VARIABLE]);
  });

  it('sends pushes that could not be delivered to the dead-letter queue of the receiver', () => {
    const { Resources } = readTemplate('sample-pipeline.yaml');
    const [target] = Resources.PushRule.Properties.Targets;
    expect(JSON.stringify(target.DeadLetterConfig.Arn)).toMatch(/ImportValue.*ReceiverStack.*-TriggerDeadLetterArn/);
    expect(target.RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
  });
});

import { CodedError, type GitRef, type GitUrl, parseGitRef, parseGitUrl } from '@gitsource/events';
import { JobProtocolError } from './errors.ts';

/** The custom action's configuration, as a pipeline's author writes it and the code reads it. */
export interface ActionConfiguration {
  readonly gitUrl: GitUrl;
  readonly ref: GitRef;
  /** Name or ARN; absent = anonymous. */
  readonly credentialsSecret?: string;
  readonly outputArtifactFormat: 'CODE_ZIP' | 'FULL_CLONE';
  readonly submodules: 'none' | 'direct' | 'recursive';
  readonly gitLfs: boolean;
  /** Folders or files, `/`-separated, none = all. */
  readonly paths: readonly string[];
  readonly fetchMethod: 'auto' | 'clone' | 'archive';
}

/** Every key of the action type; `cloudformation/custom-action.yaml` declares the same ones. */
export const ACTION_CONFIGURATION_KEYS = [
  'GitUrl',
  'Branch',
  'CredentialsSecret',
  'OutputArtifactFormat',
  'Submodules',
  'GitLfs',
  'Paths',
  'FetchMethod',
] as const;
type Key = (typeof ACTION_CONFIGURATION_KEYS)[number];

/** Reads one value and notes what is wrong with it, so that all problems are reported together. */
class ConfigurationReader {
  readonly problems: string[] = [];
  readonly #configuration: Readonly<Record<string, string>>;

  constructor(configuration: Readonly<Record<string, string>>) {
    this.#configuration = configuration;
    const known: readonly string[] = ACTION_CONFIGURATION_KEYS;
    for (const key of Object.keys(configuration).filter((name) => !known.includes(name))) {
      this.problems.push(`${JSON.stringify(key)} is not a key of this action (known: ${known.join(', ')})`);
    }
  }

  /** An empty value counts as unset: CloudFormation and the console send it. */
  text(key: Key): string | undefined {
    const value = this.#configuration[key]?.trim();
    return value === '' ? undefined : value;
  }

  choice<Choice extends string>(key: Key, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = this.text(key);
    const found = choices.find((choice) => choice === value);
    if (value !== undefined && found === undefined) {
      this.problems.push(`${key} ${JSON.stringify(value)} must be one of ${choices.join(', ')}`);
    }
    return found ?? choices[0];
  }

  parsed<T>(key: Key, parse: (text: string) => T): T | undefined {
    const value = this.text(key);
    if (value === undefined) {
      this.problems.push(`${key} is missing`);
      return undefined;
    }
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.problems.push(`${key}: ${error.message}`);
      return undefined;
    }
  }
}

/**
 * Reads and checks the whole configuration; defaults as in the type's documentation.
 * Throws one `job-protocol/configuration-invalid` that names every wrong value and what is allowed.
 */
export function parseActionConfiguration(configuration: Readonly<Record<string, string>>): ActionConfiguration {
  const reader = new ConfigurationReader(configuration);
  const gitUrl = reader.parsed('GitUrl', parseGitUrl);
  const ref = reader.parsed('Branch', parseGitRef);
  const credentialsSecret = readSecretName(reader);
  const parsed = {
    ...(credentialsSecret !== undefined && { credentialsSecret }),
    outputArtifactFormat: reader.choice('OutputArtifactFormat', ['CODE_ZIP', 'FULL_CLONE']),
    submodules: reader.choice('Submodules', ['none', 'direct', 'recursive']),
    gitLfs: reader.choice('GitLfs', ['false', 'true']) === 'true',
    paths: readPaths(reader),
    fetchMethod: reader.choice('FetchMethod', ['auto', 'clone', 'archive']),
  };
  reader.problems.push(...archiveProblems(parsed));
  if (gitUrl !== undefined && ref !== undefined && reader.problems.length === 0) return { gitUrl, ref, ...parsed };
  throw new JobProtocolError(
    'job-protocol/configuration-invalid',
    `The action's configuration is wrong: ${reader.problems.map((problem) => problem.replace(/\.$/, '')).join('; ')}. Correct it in the pipeline.`,
  );
}

/** What a provider's archive is none of, so that `archive` cannot be asked for with it. */
function archiveProblems(configuration: Omit<ActionConfiguration, 'gitUrl' | 'ref'>): string[] {
  const { fetchMethod, gitLfs, outputArtifactFormat, paths, submodules } = configuration;
  if (fetchMethod !== 'archive') return [];
  const refused = [
    ...(outputArtifactFormat === 'FULL_CLONE' ? ['OutputArtifactFormat "FULL_CLONE"'] : []),
    ...(submodules === 'none' ? [] : [`Submodules "${submodules}"`]),
    ...(gitLfs ? ['GitLfs "true"'] : []),
    ...(paths.length === 0 ? [] : ['Paths']),
  ];
  if (refused.length === 0) return [];
  return [
    `FetchMethod "archive" brings the tree of one commit as the provider packs it, which excludes ${refused.join(', ')}: leave that out, or set FetchMethod to "clone"`,
  ];
}

function readSecretName(reader: ConfigurationReader): string | undefined {
  const name = reader.text('CredentialsSecret');
  if (name !== undefined && !/^[A-Za-z0-9/_+=.@:-]{1,1000}$/.test(name)) {
    reader.problems.push('CredentialsSecret is neither the name nor the ARN of a secret');
  }
  return name;
}

function readPaths(reader: ConfigurationReader): readonly string[] {
  const given = (reader.text('Paths') ?? '').split(',').map((path) => path.trim());
  const paths = given.filter((path) => path !== '').map((path) => path.replace(/^(?:\.\/)+|\/+$/g, ''));
  for (const path of paths.filter((candidate) => !isPlainPath(candidate))) {
    reader.problems.push(`Paths has ${JSON.stringify(path)}, which is not a folder inside the repository`);
  }
  return [...new Set(paths)];
}

function isPlainPath(path: string): boolean {
  const parts = path.split('/');
  return !/[\p{Cc}\\]/u.test(path) && !path.startsWith('-') && !parts.some((part) => /^(?:|\.|\.\.|\.git)$/.test(part));
}

import { type Document, parseDocument } from 'yaml';
import * as z from 'zod';
import { BuildFailure } from './build-failure.ts';

const text = z.string();
const commands = z.array(z.string({ error: 'must be a string; quote it where it contains a colon' }));
const phase = z.strictObject({
  'on-failure': z.enum(['ABORT', 'CONTINUE']).optional(),
  commands: commands.optional(),
  finally: commands.optional(),
});
const installPhase = phase.extend({ 'runtime-versions': z.record(z.string(), text).optional() });

/** A key without a value is as good as none. */
const orNothing = <T extends z.ZodType>(schema: T) => {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
};

const yesNo = z.enum(['yes', 'no', 'true', 'false']).transform((word) => word === 'yes' || word === 'true');
const files = z.strictObject({
  files: z.array(z.string()),
  name: z.string().optional(),
  'discard-paths': yesNo.optional(),
  'base-directory': z.string().optional(),
  'exclude-paths': z.array(z.string()).optional(),
  'enable-symlinks': yesNo.optional(),
});
const artifacts = files.extend({
  // With secondary artifacts the primary needs no files.
  files: z.array(z.string()).default([]),
  'secondary-artifacts': z.record(z.string(), files).optional(),
});
export type ArtifactFiles = z.infer<typeof files>;

const schema = z.strictObject({
  version: text.refine((version) => version === '0.2', 'must be 0.2'),
  env: z
    .strictObject({
      shell: z.enum(['bash', 'sh']).optional(),
      variables: z.record(z.string(), text).optional(),
      'parameter-store': z.record(z.string(), z.string()).optional(),
      'secrets-manager': z.record(z.string(), z.string()).optional(),
      'exported-variables': z.array(z.string()).optional(),
      'git-credential-helper': yesNo.optional(),
    })
    .optional(),
  phases: z.strictObject({
    install: orNothing(installPhase),
    pre_build: orNothing(phase),
    build: orNothing(phase),
    post_build: orNothing(phase),
  }),
  artifacts: artifacts.optional(),
  cache: z.strictObject({ paths: z.array(z.string()).optional() }).optional(),
  reports: z.record(z.string(), z.unknown()).optional(),
});

/** https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html, version 0.2. */
export type Buildspec = z.infer<typeof schema>;
export type CommandPhase = keyof Buildspec['phases'];

/** Throws BuildFailure YAML_FILE_ERROR that names the key. */
export function parseBuildspec(source: string): Buildspec {
  // All scalars stay text: 3.10 is a version and yes a word.
  const document = parseDocument(source, { schema: 'failsafe' });
  const [problem] = document.errors;
  if (problem !== undefined) throw new BuildFailure('YAML_FILE_ERROR', problem.message);
  const parsed = schema.safeParse(plain(document));
  if (!parsed.success) throw new BuildFailure('YAML_FILE_ERROR', parsed.error.issues.map(describe).join('; '));
  refuseUnavailable(parsed.data);
  return parsed.data;
}

function plain(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias without its anchor, or one of very many.
    throw new BuildFailure('YAML_FILE_ERROR', String(error));
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => (where === '' ? key : `${where}.${key}`));
    return `unknown key ${keys.join(', ')} in the buildspec, or one that is not available in the embedded AWS`;
  }
  return `${where === '' ? 'the buildspec' : where}: ${issue.message}`;
}

function refuseUnavailable({ env, reports }: Buildspec): void {
  if (Object.keys(env?.['parameter-store'] ?? {}).length > 0) {
    throw new BuildFailure(
      'YAML_FILE_ERROR',
      'env.parameter-store is not available in the embedded AWS: use env.secrets-manager or env.variables',
    );
  }
  if (Object.keys(reports ?? {}).length > 0) {
    throw new BuildFailure('YAML_FILE_ERROR', 'reports are not available in the embedded AWS');
  }
}

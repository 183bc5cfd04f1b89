import type { ProjectEnvironment } from '@aws-sdk/client-codebuild';
import { BuildFailure } from './build-failure.ts';
import type { Buildspec } from './buildspec.ts';
import { isLambdaCompute } from './images.ts';

/** Of the current images: https://docs.aws.amazon.com/codebuild/latest/userguide/available-runtimes.html */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  dotnet: ['6.0', '8.0', '9.0'],
  golang: ['1.20', '1.21', '1.22', '1.23', '1.24', '1.25'],
  java: ['corretto8', 'corretto11', 'corretto17', 'corretto21', 'corretto25'],
  nodejs: ['18', '20', '22', '24'],
  php: ['8.1', '8.2', '8.3', '8.4'],
  python: ['3.9', '3.10', '3.11', '3.12', '3.13', '3.14'],
  ruby: ['3.1', '3.2', '3.3', '3.4'],
};

/** Lines for the log; a name or version that no current image has is a YAML_FILE_ERROR. */
export function checkRuntimes({ phases }: Buildspec, environment: ProjectEnvironment): string[] {
  const wanted = Object.entries(phases.install?.['runtime-versions'] ?? {});
  if (wanted.length > 0 && isLambdaCompute(environment)) {
    throw new BuildFailure('YAML_FILE_ERROR', 'runtime-versions cannot be chosen on Lambda compute: its image has one');
  }
  return wanted.map(([name, version]) => {
    const known = VERSIONS[name];
    if (known === undefined) throw new BuildFailure('YAML_FILE_ERROR', `Unknown runtime named '${name}'`);
    if (!isKnown(known, version)) {
      throw new BuildFailure(
        'YAML_FILE_ERROR',
        `Unknown runtime version named '${version}' of ${name}. The current images have: ${known.join(', ')}`,
      );
    }
    return `Selecting '${name}' runtime version '${version}' is not simulated: commands find what this machine has${
      name === 'nodejs' ? `, Node.js ${process.version}` : ''
    }`;
  });
}

/** `22`, `3.12`, `3.x` or `latest` */
function isKnown(known: readonly string[], version: string): boolean {
  if (version === 'latest') return true;
  const major = version.endsWith('.x') ? version.slice(0, -2) : undefined;
  return known.some((one) => one === version || (major !== undefined && one.split('.')[0] === major));
}

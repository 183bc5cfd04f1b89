import type { ProjectEnvironment } from '@aws-sdk/client-codebuild';
import { invalidInput } from './store.ts';

/** https://docs.aws.amazon.com/codebuild/latest/userguide/ec2-compute-images.html and lambda-compute-images.html */
const IMAGES: Readonly<Record<string, RegExp>> = {
  LINUX_CONTAINER:
    /^aws\/codebuild\/(amazonlinux-x86_64-standard:(4|5)\.0|amazonlinux2-x86_64-standard:(4|5)\.0|standard:(5|6|7)\.0)(-\d\d\.\d\d\.\d\d)?$/,
  ARM_CONTAINER:
    /^aws\/codebuild\/(amazonlinux-aarch64-standard:(2|3)\.0|amazonlinux2-aarch64-standard:(2|3)\.0)(-\d\d\.\d\d\.\d\d)?$/,
  LINUX_LAMBDA_CONTAINER: /^aws\/codebuild\/amazonlinux-x86_64-lambda-standard:[a-z]+[\d.]+(-\d\d\.\d\d\.\d\d)?$/,
  ARM_LAMBDA_CONTAINER: /^aws\/codebuild\/amazonlinux-aarch64-lambda-standard:[a-z]+[\d.]+(-\d\d\.\d\d\.\d\d)?$/,
};

const LAMBDA_RUNTIMES =
  /:(corretto(11|17|21|25)|dotnet[68]|go1\.\d\d|nodejs(18|20|22|24)|python3\.(9|1\d)|ruby3\.\d)(-|$)/;
const CONTAINER_SIZES = /^BUILD_GENERAL1_(SMALL|MEDIUM|LARGE|XLARGE|2XLARGE)$/;
const LAMBDA_SIZES = /^BUILD_LAMBDA_(1|2|4|8|10)GB$/;

export function isLambdaCompute({ type }: ProjectEnvironment): boolean {
  return type === 'LINUX_LAMBDA_CONTAINER' || type === 'ARM_LAMBDA_CONTAINER';
}

/** Throws InvalidInputException where AWS has no such machine, or none that the embedded AWS stands in for. */
export function checkEnvironment(environment: ProjectEnvironment): void {
  const { type = '', image = '', computeType = '' } = environment;
  const images = IMAGES[type];
  if (images === undefined) {
    throw invalidInput(
      `Environment type ${type} is not available in the embedded AWS; use ${Object.keys(IMAGES).join(', ')}`,
    );
  }
  const isLambda = isLambdaCompute(environment);
  if (!(isLambda ? LAMBDA_SIZES : CONTAINER_SIZES).test(computeType)) {
    throw invalidInput(`Invalid computeType ${computeType} for environment type ${type}`);
  }
  if (!image.startsWith('aws/codebuild/')) {
    // An image of one's own can be anything; only its name can be checked.
    if (!/^[\w./:@-]{1,255}$/.test(image)) throw invalidInput(`Invalid image ${image}`);
  } else if (!images.test(image) || (isLambda && !LAMBDA_RUNTIMES.test(image))) {
    throw invalidInput(`${image} is not a current image of CodeBuild for environment type ${type}`);
  }
  if (isLambda && environment.privilegedMode === true) {
    throw invalidInput('Privileged mode is not available on Lambda compute');
  }
}

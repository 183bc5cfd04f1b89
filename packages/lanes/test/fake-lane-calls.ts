import { StartBuildCommand } from '@aws-sdk/client-codebuild';
import { GetParameterCommand, ParameterNotFound, PutParameterCommand } from '@aws-sdk/client-ssm';

/** Builds, of which one starts for each token, as CodeBuild has it, and the notes of lanes. */
export class FakeLaneCalls {
  readonly builds = new Map<string, StartBuildCommand['input']>();
  /** Notes, by the names of their parameters. */
  readonly parameters = new Map<string, string>();

  answer(command: object): object {
    if (command instanceof StartBuildCommand) {
      const { idempotencyToken: token = '', projectName } = command.input;
      if (!this.builds.has(token)) this.builds.set(token, command.input);
      return { build: { id: `${projectName}:${token}` } };
    }
    if (command instanceof GetParameterCommand) {
      const Value = this.parameters.get(command.input.Name ?? '');
      if (Value === undefined) throw new ParameterNotFound({ message: 'no', $metadata: {} });
      return { Parameter: { Value } };
    }
    if (command instanceof PutParameterCommand) {
      this.parameters.set(command.input.Name ?? '', command.input.Value ?? '');
      return {};
    }
    throw new Error(`unexpected call ${command.constructor.name}`);
  }
}

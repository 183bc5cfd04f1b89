import type { PipelineDeclaration } from './declaration.ts';
import { type DeclarationProblem, duplicates } from './declaration-problem.ts';

const NAME = /^[A-Za-z0-9_-]{1,100}$/;

/** Each artifact has one producer, and its consumers come later in the stages or in a later runOrder. */
export function artifactProblems(pipeline: PipelineDeclaration): DeclarationProblem[] {
  const fault = 'InvalidActionDeclarationException';
  const produced = new Map<string, number>();
  const problems: DeclarationProblem[] = [];
  const outputs: string[] = [];
  const say = (text: string) => problems.push({ fault, text });

  pipeline.stages.forEach((stage, stageIndex) => {
    const position = (runOrder: number | undefined) => stageIndex * 1_000 + (runOrder ?? 1);
    for (const action of stage.actions) {
      for (const { name = '' } of action.outputArtifacts ?? []) {
        outputs.push(name);
        produced.set(name, position(action.runOrder));
        if (!NAME.test(name))
          say(`output artifact name '${name}' of action '${action.name}' must be 1 to 100 of A-Z, a-z, 0-9, _ and -`);
      }
    }
    for (const action of stage.actions) {
      const inputs = (action.inputArtifacts ?? []).map((artifact) => artifact.name ?? '');
      for (const name of inputs) {
        const from = produced.get(name);
        if (from === undefined || from >= position(action.runOrder)) {
          say(`input artifact '${name}' of action '${action.name}' is not an output of an earlier action`);
        }
      }
      for (const name of duplicates(inputs)) say(`action '${action.name}' takes the input artifact '${name}' twice`);
    }
  });
  for (const name of duplicates(outputs)) say(`two actions have the output artifact '${name}'`);
  return problems;
}

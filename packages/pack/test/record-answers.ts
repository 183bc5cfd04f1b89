import type { Answer, Transport } from '../src/index.ts';

/** A transport that keeps what the server answers, one piece for the capabilities and one for each request. */
export function recordAnswers(transport: Transport): { readonly transport: Transport; readonly answers: Buffer[] } {
  const answers: Buffer[] = [];
  const record = (answer: Answer): Answer => {
    const index = answers.push(Buffer.alloc(0)) - 1;
    const next = async () => {
      const result = await answer.chunks.next();
      if (result.done !== true) answers[index] = Buffer.concat([answers[index] ?? Buffer.alloc(0), result.value]);
      return result;
    };
    return { ...answer, chunks: { next } };
  };
  return {
    answers,
    transport: {
      name: transport.name,
      advertise: async () => record(await transport.advertise()),
      request: async (command) => record(await transport.request(command)),
    },
  };
}

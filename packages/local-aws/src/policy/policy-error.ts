/** A policy document that AWS would refuse, or that holds something local-aws does not evaluate. */
export class PolicyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PolicyError';
  }
}

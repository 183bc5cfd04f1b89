/** Where a source is from, as far as the source says it. */
export interface SourceRepository {
  /** `group/sub/project` */
  readonly path: string;
  /** Name of the provider, where the kind of source tells it. */
  readonly provider?: string;
  /** Lower case, without port. Absent where the source does not tell it. */
  readonly host?: string;
  /** Of its HTTPS address, where that is known. */
  readonly port?: number;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServiceError } from './service.ts';

/** One request as a protocol sees it, after the signature's headers were read and before the body is. */
export interface WireRequest {
  readonly message: IncomingMessage;
  readonly method: string;
  /** Decoded only where the protocol decodes it. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body, for protocols that buffer; S3 reads `message` itself and may reject on a wrong checksum. */
  readBody(maxBytes?: number): Promise<Buffer>;
}

/** How a service's operations travel: JSON 1.0/1.1, query, REST JSON, REST XML. */
export interface Protocol {
  /** Operation name and typed input (Dates, Uint8Arrays, streams for streaming blobs). Throws ServiceError. */
  readRequest(request: WireRequest): Promise<{ operation: string; input: object }>;
  writeResult(response: ServerResponse, operation: string, output: object, requestId: string): Promise<void>;
  writeError(response: ServerResponse, error: ServiceError, requestId: string, operation?: string): void;
}

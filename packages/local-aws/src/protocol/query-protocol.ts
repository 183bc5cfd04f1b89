import type { ServerResponse } from 'node:http';
import type { Protocol, WireRequest } from '../cloud/protocol.ts';
import { fromForm } from './query-form.ts';
import { structToXml } from './query-xml.ts';
import type { ServiceModel } from './service-api.ts';
import { unknownOperation } from './unknown-operation.ts';
import { element, escapeXml } from './xml.ts';

/** AWS Query: a form with Action and dotted parameter names, answered in XML. */
export function queryProtocol(model: ServiceModel): Protocol {
  const namespace = ` xmlns="${model.api.xmlNamespace ?? ''}"`;
  return {
    async readRequest(request: WireRequest) {
      const form = await readForm(request);
      const operation = form.get('Action') ?? '';
      const shapes = model.operations.get(operation);
      if (shapes === undefined) throw unknownOperation(model.api.name, operation);
      return { operation, input: shapes.input.isUnitSchema() ? {} : fromForm(shapes.input, form) };
    },
    async writeResult(response, operation, output, requestId) {
      const shapes = model.operations.get(operation);
      const isEmpty = shapes === undefined || shapes.output.isUnitSchema();
      const members = isEmpty ? '' : structToXml(shapes.output, output as Readonly<Record<string, unknown>>);
      const result = isEmpty ? '' : element(`${operation}Result`, members);
      const metadata = element('ResponseMetadata', element('RequestId', requestId));
      answer(response, 200, requestId, element(`${operation}Response`, result + metadata, namespace));
    },
    writeError(response, error, requestId) {
      const known = model.errors.get(error.code);
      const type = element('Type', error.status >= 500 ? 'Receiver' : 'Sender');
      const code = element('Code', escapeXml(known?.queryCode ?? error.code));
      const body = element('Error', type + code + element('Message', escapeXml(error.message)));
      const status = known?.status ?? error.status;
      answer(response, status, requestId, element('ErrorResponse', body + element('RequestId', requestId), namespace));
    },
  };
}

/** POST carries the form in the body, GET (and a presigned call) in the query. */
async function readForm(request: WireRequest): Promise<URLSearchParams> {
  const form = new URLSearchParams((await request.readBody()).toString('utf8'));
  for (const [name, value] of request.query) {
    if (!name.startsWith('X-Amz-')) form.append(name, value);
  }
  return form;
}

function answer(response: ServerResponse, status: number, requestId: string, xml: string): void {
  response.writeHead(status, {
    'content-type': 'text/xml',
    'content-length': Buffer.byteLength(xml),
    'x-amzn-requestid': requestId,
  });
  response.end(xml);
}

/** The API's OpenAPI document, and validation of requests and responses against it. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { oas31 } from 'zod-openapi';

/** `POST /v1/actions` */
export type Method = 'get' | 'post' | 'put' | 'delete';

export class OpenApiValidator {
  readonly document: oas31.OpenAPIObject;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: oas31.OpenAPIObject) {
    this.document = document;
    this.#ajv.addSchema({ ...document, $id: 'openapi' });
  }

  /** Errors of a request body; empty if it is valid. */
  requestFaults(method: Method, path: string, body: unknown): string[] {
    return this.#faults(`${pointer(method, path)}/requestBody/content/application~1json/schema`, body);
  }

  /** Errors of a response body with this status; empty if it is valid. */
  responseFaults(method: Method, path: string, status: number, body: unknown): string[] {
    const responses = this.document.paths?.[path]?.[method]?.responses ?? {};
    const content: unknown = Reflect.get(Object(responses[String(status)]), 'content');
    const [type] = Object.keys(Object(content));
    if (type === undefined) return [`${method} ${path} does not answer ${status}`];
    const base = `${pointer(method, path)}/responses/${status}/content`;
    return this.#faults(`${base}/${escaped(type)}/schema`, body);
  }

  #faults(schemaPointer: string, value: unknown): string[] {
    const validate =
      this.#validators.get(schemaPointer) ?? this.#ajv.compile({ $ref: `openapi#${schemaPointer}` });
    this.#validators.set(schemaPointer, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  }
}

const escaped = (name: string): string =>
  encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
const pointer = (method: Method, path: string): string => `/paths/${escaped(path)}/${method}`;

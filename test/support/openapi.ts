/** The API's description, and whether values are as it says. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { oas31 } from 'zod-openapi';

/** `POST /v1/actions` */
export type Method = 'get' | 'post' | 'delete';

export class Described {
  readonly document: oas31.OpenAPIObject;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #known = new Map<string, ValidateFunction>();

  constructor(document: oas31.OpenAPIObject) {
    this.document = document;
    this.#ajv.addSchema({ ...document, $id: 'openapi' });
  }

  /** What is wrong with a body that is sent; empty: nothing. */
  requestFaults(method: Method, path: string, body: unknown): string[] {
    return this.#faults(`${pointer(method, path)}/requestBody/content/application~1json/schema`, body);
  }

  /** What is wrong with an answer, by its status; empty: nothing. */
  answerFaults(method: Method, path: string, status: number, body: unknown): string[] {
    const answers = this.document.paths?.[path]?.[method]?.responses ?? {};
    const content: unknown = Reflect.get(Object(answers[String(status)]), 'content');
    const [type] = Object.keys(Object(content));
    if (type === undefined) return [`${method} ${path} does not answer ${status}`];
    const base = `${pointer(method, path)}/responses/${status}/content`;
    return this.#faults(`${base}/${escaped(type)}/schema`, body);
  }

  #faults(at: string, value: unknown): string[] {
    const validate = this.#known.get(at) ?? this.#ajv.compile({ $ref: `openapi#${at}` });
    this.#known.set(at, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  }
}

const escaped = (name: string): string =>
  encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
const pointer = (method: Method, path: string): string => `/paths/${escaped(path)}/${method}`;

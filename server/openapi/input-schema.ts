/** Converts parsing schemas to schemas of their input, which OpenAPI can describe. */
import { z } from 'zod';
import { inputSchemaOf } from '../../protocol/schemas/input-schema.ts';

const cache = new WeakMap<z.core.$ZodType, z.core.$ZodType>();

/** Returns the same object for the same schema, so that the document can name it; a schema without transforms as it is. */
export function toInputSchema(schema: z.core.$ZodType): z.core.$ZodType {
  const input = cache.get(schema) ?? buildInputSchema(schema);
  cache.set(schema, input);
  return input;
}

function buildInputSchema(schema: z.core.$ZodType): z.core.$ZodType {
  const rebuilt = rebuild(schema);
  const meta = z.globalRegistry.get(schema);
  if (rebuilt === schema || !meta) return rebuilt;
  const described = z.core.clone(rebuilt, rebuilt._zod.def);
  z.globalRegistry.add(described, meta);
  return described;
}

function rebuild(schema: z.core.$ZodType): z.core.$ZodType {
  const input = inputSchemaOf(schema);
  if (input) return toInputSchema(input);
  if (schema instanceof z.ZodPipe) {
    const { in: from, out: to } = schema.def;
    return toInputSchema(from instanceof z.ZodTransform ? to : from);
  }
  if (schema instanceof z.ZodObject) {
    const shape = Object.entries(schema.def.shape);
    const rebuilt = shape.map(([name, each]) => [name, toInputSchema(each)] as const);
    if (rebuilt.every(([name, each]) => each === schema.def.shape[name])) return schema;
    return schema.clone({ ...schema.def, shape: Object.fromEntries(rebuilt) });
  }
  if (schema instanceof z.ZodArray) {
    const element = toInputSchema(schema.def.element);
    return element === schema.def.element ? schema : schema.clone({ ...schema.def, element });
  }
  if (schema instanceof z.ZodUnion) {
    const options = schema.def.options.map(toInputSchema);
    const isSame = options.every((option, index) => option === schema.def.options[index]);
    return isSame ? schema : schema.clone({ ...schema.def, options });
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    const innerType = toInputSchema(schema.def.innerType);
    return innerType === schema.def.innerType ? schema : z.core.clone(schema, { ...schema.def, innerType });
  }
  return schema;
}

/** Like `toInputSchema`, for queries: keeps only those forms of lists and objects that a URL can contain. */
export function toInputQuery(query: z.ZodObject): z.ZodObject {
  const shape = Object.entries(query.shape).map(
    ([name, schema]) => [name, toParameter(toInputSchema(schema))] as const,
  );
  return z.strictObject(Object.fromEntries(shape) as z.core.$ZodLooseShape);
}

function toParameter(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return z.core.clone(schema, { ...schema.def, innerType: toParameter(schema.def.innerType) });
  }
  if (!(schema instanceof z.ZodUnion)) return schema;
  const options = schema.def.options.flatMap((option) =>
    option instanceof z.ZodUnion ? option.def.options : [option],
  );
  const list = options.find((option) => option instanceof z.ZodArray);
  if (list) return z.core.clone(list, { ...list.def, element: toParameter(list.def.element) });
  const texts = options.filter((option) => !(option instanceof z.ZodObject));
  const [only] = texts;
  if (texts.length === options.length || !only) return schema;
  return texts.length === 1 ? only : z.union(texts);
}

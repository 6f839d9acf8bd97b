/** Schemas that parse, rebuilt of what they take: the form in which a caller's input can be described. */
import { z } from 'zod';
import { sentDescription } from '../../protocol/schemas/sent.ts';

const known = new WeakMap<z.core.$ZodType, z.core.$ZodType>();

/** The same schema always gives the same object, and itself where it is plain, so that the document can name it. */
export function plain(schema: z.core.$ZodType): z.core.$ZodType {
  const made = known.get(schema) ?? make(schema);
  known.set(schema, made);
  return made;
}

function make(schema: z.core.$ZodType): z.core.$ZodType {
  const rebuilt = rebuild(schema);
  const meta = z.globalRegistry.get(schema);
  if (rebuilt === schema || !meta) return rebuilt;
  const described = z.core.clone(rebuilt, rebuilt._zod.def);
  z.globalRegistry.add(described, meta);
  return described;
}

function rebuild(schema: z.core.$ZodType): z.core.$ZodType {
  const sent = sentDescription(schema);
  if (sent) return plain(sent);
  if (schema instanceof z.ZodPipe) {
    const { in: from, out: to } = schema.def;
    return plain(from instanceof z.ZodTransform ? to : from);
  }
  if (schema instanceof z.ZodObject) {
    const shape = Object.entries(schema.def.shape);
    const rebuilt = shape.map(([name, each]) => [name, plain(each)] as const);
    if (rebuilt.every(([name, each]) => each === schema.def.shape[name])) return schema;
    return schema.clone({ ...schema.def, shape: Object.fromEntries(rebuilt) });
  }
  if (schema instanceof z.ZodArray) {
    const element = plain(schema.def.element);
    return element === schema.def.element ? schema : schema.clone({ ...schema.def, element });
  }
  if (schema instanceof z.ZodUnion) {
    const options = schema.def.options.map(plain);
    const isSame = options.every((option, index) => option === schema.def.options[index]);
    return isSame ? schema : schema.clone({ ...schema.def, options });
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    const innerType = plain(schema.def.innerType);
    return innerType === schema.def.innerType ? schema : z.core.clone(schema, { ...schema.def, innerType });
  }
  return schema;
}

/** As `plain`, of a query: of what a list or an object may also be written as, the one form that addresses can hold. */
export function plainQuery(query: z.ZodObject): z.ZodObject {
  const shape = Object.entries(query.shape).map(
    ([name, schema]) => [name, parameter(plain(schema))] as const,
  );
  return z.strictObject(Object.fromEntries(shape) as z.core.$ZodLooseShape);
}

function parameter(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return z.core.clone(schema, { ...schema.def, innerType: parameter(schema.def.innerType) });
  }
  if (!(schema instanceof z.ZodUnion)) return schema;
  const options = schema.def.options.flatMap((option) =>
    option instanceof z.ZodUnion ? option.def.options : [option],
  );
  const list = options.find((option) => option instanceof z.ZodArray);
  if (list) return z.core.clone(list, { ...list.def, element: parameter(list.def.element) });
  const texts = options.filter((option) => !(option instanceof z.ZodObject));
  const [only] = texts;
  if (texts.length === options.length || !only) return schema;
  return texts.length === 1 ? only : z.union(texts);
}

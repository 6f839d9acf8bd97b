/** Schemas without behaviour. Documents are plain objects, and only `createIndexes` creates indexes. */
export const schemaOptions = {
  versionKey: false,
  autoIndex: false,
  autoCreate: false,
  id: false,
  minimize: false,
} as const;

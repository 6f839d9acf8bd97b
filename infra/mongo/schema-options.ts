/** A schema without behaviour: documents are plain, and indexes are made by `createIndexes` alone. */
export const schemaOptions = {
  versionKey: false,
  autoIndex: false,
  autoCreate: false,
  id: false,
  minimize: false,
} as const;

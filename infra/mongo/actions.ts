import { keyOf } from '../../core/keys.ts';
import type { StoredAction } from '../../core/model.ts';
import type { ActionStore } from '../../core/ports/stores.ts';
import { duplicateIndexes } from './duplicates.ts';
import type { ActionDoc, Models } from './models.ts';

export class MongoActions implements ActionStore {
  readonly #model: Models['actions'];

  constructor(models: Models) {
    this.#model = models.actions;
  }

  async insertInOrder(actions: readonly StoredAction[]): Promise<number> {
    if (actions.length === 0) return 0;
    try {
      await this.#model.insertMany(actions.map(toDoc), { lean: true, ordered: true });
      return actions.length;
    } catch (error) {
      return duplicateIndexes(error)[0] ?? 0;
    }
  }

  async byIds(ids: readonly string[]): Promise<Map<string, StoredAction>> {
    const docs = await this.#model.find({ _id: { $in: [...ids] } }).lean();
    return new Map(docs.map((doc) => [doc._id, fromDoc(doc)]));
  }
}

function toDoc(action: StoredAction): ActionDoc {
  const parts = [...(action.actor ? [action.actor] : []), ...action.targets, ...action.related];
  return {
    _id: action.id,
    actor: action.actor,
    verb: action.verb,
    targets: action.targets,
    related: action.related,
    level: action.level,
    data: JSON.stringify(action.data),
    timestamp: new Date(action.timestamp),
    updatedAt: new Date(action.updatedAt),
    count: action.count,
    ...(action.notify.length > 0 && { notify: action.notify }),
    actorKey: action.actor && keyOf(action.actor),
    objectKeys: [...new Set(parts.map(keyOf))],
  };
}

function fromDoc(doc: ActionDoc): StoredAction {
  return {
    id: doc._id,
    actor: doc.actor,
    verb: doc.verb,
    targets: doc.targets,
    related: doc.related,
    level: doc.level,
    data: JSON.parse(doc.data),
    timestamp: doc.timestamp.getTime(),
    updatedAt: doc.updatedAt.getTime(),
    count: doc.count,
    notify: doc.notify ?? [],
  };
}

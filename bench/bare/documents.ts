/** The documents of the bare path: those that the hub stores for the same action. */
import { itemId } from '../../core/model/keys.ts';
import { asPosition, wallClock } from '../../core/model/units.ts';
import { toLiveDoc } from '../../infra/mongo/actions/document.ts';
import { toDoc } from '../../infra/mongo/items/document.ts';
import type { Json } from '../../protocol/entities.ts';

export const BARE_ACTIONS = 'bare_actions';
export const BARE_ITEMS = 'bare_items';

/** An action and the users in whose feeds it belongs. Refs are `type:id`. */
export interface SentAction {
  to: string[];
  actor: string;
  verb: string;
  targets?: string;
  related?: string;
  data: Record<string, Json>;
}

function toRef(text: string): { type: string; id: string } {
  const separator = text.indexOf(':');
  return { type: text.slice(0, separator), id: text.slice(separator + 1) };
}

export function documentsOf(id: string, { to, actor, verb, targets, related, data }: SentAction) {
  const timestamp = wallClock();
  const position = asPosition(timestamp * 1_000);
  const action = toLiveDoc(
    {
      id,
      actor: toRef(actor),
      verb,
      targets: targets === undefined ? [] : [toRef(targets)],
      related: related === undefined ? [] : [toRef(related)],
      level: 30,
      data,
      timestamp,
      updatedAt: timestamp,
      count: 1,
      notify: [],
      version: position,
    },
    position,
  );
  const docs = to
    .map((user) => ({
      id: itemId(id, user),
      user,
      action: id,
      at: timestamp,
      position,
      deliveredPosition: position,
      version: position,
      unread: true,
      seen: false,
    }))
    .map(toDoc);
  return { action, docs };
}

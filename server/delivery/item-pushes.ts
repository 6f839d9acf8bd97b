import { type ItemGroup, itemOf } from '../../core/model/item-groups.ts';
import { itemId } from '../../core/model/keys.ts';
import { formatPosition } from '../../core/model/positions.ts';
import type { ItemPresenter } from '../../core/rendering/present.ts';
import { type EncodedEvent, encodeEvent, ItemEncoder } from '../sockets/encoded-event.ts';

/** Encodes the pushes of a group of items. Users who read the same text get the same push, except for the item's id. */
export class ItemPushes {
  readonly #group: ItemGroup;
  readonly #presenter: ItemPresenter;
  readonly #byLocale = new Map<string | undefined, ItemEncoder>();

  constructor(group: ItemGroup, presenter: ItemPresenter) {
    this.#group = group;
    this.#presenter = presenter;
  }

  encode(user: string, locale: string | undefined): EncodedEvent {
    if (!this.#presenter.isShared) return encodeEvent('feed:item', this.#pushTo(user, locale));
    let encoder = this.#byLocale.get(locale);
    if (!encoder) {
      encoder = new ItemEncoder(this.#pushTo(user, locale));
      this.#byLocale.set(locale, encoder);
    }
    return encoder.encode(itemId(this.#group.action, user));
  }

  #pushTo(user: string, locale: string | undefined) {
    const item = this.#presenter.present(itemOf(this.#group, user), locale);
    return { item, position: formatPosition(this.#group.position) };
  }
}

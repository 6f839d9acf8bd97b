import type { Hub, Token } from '@hubbub/client';
import { html, LitElement, nothing, type TemplateResult, unsafeCSS } from 'lit';
import { InboxEngine } from '../engine/engine.ts';
import { labelsWith } from '../engine/english.ts';
import type { Labels } from '../engine/labels.ts';
import { directionOf, labelsFor, loadLabels, subscribeToLabels } from '../engine/languages.ts';
import { validLocale } from '../engine/locale.ts';
import type { ClickEvent } from '../engine/selection.ts';
import type { InboxEvents } from './events.ts';
import { icon } from './icon.ts';
import { nearestLang } from './lang.ts';
import { OwnHub } from './own-hub.ts';
import { type PanelContext, panelTemplate } from './panel.ts';
import { Rows } from './rows.ts';
import { styles } from './styles.ts';

/** The element's own box. The page may position it. */
const hostStyles =
  ':host{display:inline-block}:host([layout=page]){display:block}:host([hidden]){display:none!important}.hubbub-inbox{display:block}';

/**
 * `<hubbub-inbox>`: a user's inbox, behind a bell or in the page. docs/inbox.md describes attributes, events, slots and
 * theming.
 *
 * @fires hubbub-select - `{ item, url }`; cancelable: if canceled, the item is not marked and its link is not followed.
 * @fires hubbub-error - `{ error: HubError }`: a request was rejected or failed.
 */
export class HubbubInbox extends LitElement {
  static override styles = unsafeCSS(styles + hostStyles);
  static override properties = {
    hub: { attribute: false },
    url: {},
    token: {},
    layout: { reflect: true, useDefault: true },
    open: { type: Boolean, reflect: true },
    theme: { reflect: true, useDefault: true },
    locale: {},
    labels: { attribute: false },
  };

  /** A hub that the page shares and closes. Takes precedence over `url`. */
  declare hub: Hub | null;
  /**
   * The hub's URL, used with `token` if `hub` is not set. The connection closes when the element leaves the document.
   */
  declare url: string | null;
  /** The token for `url`. A function is called whenever a fresh one is needed. */
  declare token: Token | null;
  /** `bell`: a bell with a panel; `page`: the list in the flow of the page. */
  declare layout: 'bell' | 'page';
  /** Whether the bell's panel is open. */
  declare open: boolean;
  /** `auto`: follows the system's setting. */
  declare theme: 'auto' | 'light' | 'dark';
  /** BCP 47: the language of labels and times and, with `url`, of texts. Default: the nearest `lang`. */
  declare locale: string | null;
  /** Overrides texts. */
  declare labels: Partial<Labels>;

  readonly #engine = new InboxEngine(
    {
      getRoot: () => this.shadowRoot?.querySelector<HTMLElement>('.hubbub-inbox') ?? null,
      setOpen: (isOpen) => {
        this.open = isOpen;
      },
      onError: (error) => this.#dispatch('hubbub-error', { error }),
    },
    { layout: 'bell', isOpen: false, awaitsHub: true },
  );
  readonly #rows = new Rows();
  #unsubscribe = (): void => {};
  readonly #ownHub = new OwnHub(() => this.#engine.setHub(null));

  constructor() {
    super();
    this.hub = null;
    this.url = null;
    this.token = null;
    this.layout = 'bell';
    this.open = false;
    this.theme = 'auto';
    this.locale = null;
    this.labels = {};
    const engine = this.#engine;
    engine.subscribe(() => this.requestUpdate());
    this.addController({
      hostConnected: () => {
        engine.connect();
        this.#unsubscribe = subscribeToLabels(() => this.requestUpdate());
      },
      hostDisconnected: () => {
        engine.disconnect();
        this.#unsubscribe();
        // Moving an element removes and inserts it at once. That must not open a new connection.
        queueMicrotask(() => this.isConnected || this.#release());
      },
      hostUpdate: () => this.#updateEngine(),
      hostUpdated: () => {
        this.#rows.render(this.renderRoot.querySelector('.hubbub-inbox__list'), this.#context());
        engine.afterRender();
      },
    });
  }

  protected override render(): TemplateResult {
    const context = this.#context();
    const { labels, locale, view } = context;
    const dir = directionOf(locale) ?? nothing;
    const { announcement, badge } = view;
    const announced = announcement ? labels.arrived(announcement.count, announcement.newest.action.text) : '';
    const announcer = html`<p class="hubbub-inbox__announcer hubbub-inbox__hidden" aria-live="polite">${announced}</p>`;
    if (this.layout === 'page') {
      return html`<section class="hubbub-inbox hubbub-inbox--page hubbub-inbox--${this.theme}" part="panel" aria-labelledby="title" dir=${dir} @click=${this.#handleClick} @auxclick=${this.#handleClick}>${panelTemplate(context)}${announcer}</section>`;
    }
    return html`<div class="hubbub-inbox hubbub-inbox--bell hubbub-inbox--${this.theme}" dir=${dir} @click=${this.#handleClick} @auxclick=${this.#handleClick}><button type="button" class="hubbub-inbox__bell" part="bell" aria-haspopup="dialog" aria-expanded=${this.open} aria-controls=${this.open ? 'panel' : nothing} aria-label=${labels.open(badge)} @click=${this.#toggleOpen}>${icon('bell')}${
      badge === null
        ? nothing
        : html`<span class="hubbub-inbox__badge" part="badge" aria-hidden="true">${badge}</span>`
    }</button>${
      this.open
        ? html`<div id="panel" class="hubbub-inbox__panel" part="panel" popover="manual" role="dialog" aria-labelledby="title" tabindex="-1">${panelTemplate(context)}</div>`
        : nothing
    }${announcer}</div>`;
  }

  #context(): PanelContext {
    const locale = this.#language();
    return {
      engine: this.#engine,
      view: this.#engine.getView(),
      labels: labelsWith(this.labels, labelsFor(locale)),
      locale,
      layout: this.layout,
    };
  }

  #language(): string | undefined {
    return validLocale(this.locale ?? nearestLang(this));
  }

  #updateEngine(): void {
    if (!this.isConnected) return;
    const { url, token } = this;
    const own = this.hub ? null : this.#ownHub.connect({ url, token, locale: this.#language() });
    if (!own) this.#ownHub.close();
    this.#engine.setHub(this.hub ?? own);
    this.#engine.update({ layout: this.layout, isOpen: this.open, awaitsHub: true });
    void loadLabels(this.#language());
  }

  #release(): void {
    this.#engine.setHub(null);
    this.#ownHub.close();
  }

  readonly #toggleOpen = (): void => {
    this.open = !this.open;
  };

  readonly #handleClick = (event: ClickEvent): void =>
    this.#engine.click(event, (item, url) => this.#dispatch('hubbub-select', { item, url }));

  #dispatch<Name extends keyof InboxEvents>(name: Name, detail: InboxEvents[Name]): boolean {
    const cancelable = name === 'hubbub-select';
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  }
}

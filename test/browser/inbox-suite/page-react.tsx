/** The script of the page with React's inbox. Its driver has the properties of the element. */
import { type ReactNode, StrictMode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot, type Root } from 'react-dom/client';
import type { Hub } from '../../../client-sdk/client/src/index.ts';
import { HubProvider, Inbox, type InboxProps } from '../../../client-sdk/react/src/index.ts';
import type { FakeHub } from './fake-hub.ts';
import { cancels, events, hub, start } from './page-setup.ts';

interface State extends Pick<InboxProps, 'layout' | 'open' | 'theme' | 'labels' | 'locale'> {
  hub: FakeHub | null;
}

/** The engine notifies in one microtask, and React renders in another. */
async function afterMicrotasks(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await undefined;
}

/** Renders an inbox with the attributes of its container. */
class Driver {
  readonly #container: HTMLElement;
  readonly #root: Root;
  #state: State;

  constructor(container: HTMLElement) {
    this.#container = container;
    this.#root = createRoot(container);
    const attribute = (name: string) => container.getAttribute(name) ?? undefined;
    const [layout, theme] = [attribute('layout'), attribute('theme')];
    this.#state = {
      hub,
      layout: layout === 'page' ? 'page' : 'bell',
      theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
      open: container.hasAttribute('open'),
    };
    // Otherwise the attributes would have effects of their own.
    container.removeAttribute('open');
    flushSync(() => this.#render());
  }

  /** Changes since the last task are in the document. */
  get updateComplete(): Promise<void> {
    return afterMicrotasks(5);
  }

  get open(): boolean {
    return this.#state.open ?? false;
  }
  set open(open: boolean) {
    this.set({ open });
  }
  set hub(value: FakeHub | null) {
    this.set({ hub: value });
  }
  set layout(layout: InboxProps['layout']) {
    this.set({ layout });
  }
  set labels(labels: InboxProps['labels']) {
    this.set({ labels });
  }
  set locale(locale: string) {
    this.set({ locale });
  }
  set hidden(hidden: boolean) {
    this.#container.hidden = hidden;
  }

  set(changes: Partial<State>): void {
    this.#state = { ...this.#state, ...changes };
    flushSync(() => this.#render());
  }

  remove(): void {
    this.#root.unmount();
  }

  #render(): void {
    this.#root.render(<App {...this.#state} onOpenChange={(open) => this.#setOpenLater(open)} />);
  }

  /** React may call this while it renders. */
  #setOpenLater(open: boolean): void {
    this.#state = { ...this.#state, open };
    this.#render();
  }
}

type AppProps = State & { onOpenChange(open: boolean): void };

function App({ hub: current, ...inbox }: AppProps): ReactNode {
  return (
    <StrictMode>
      <HubProvider hub={current as unknown as Hub | null}>
        <Inbox
          {...inbox}
          onSelect={(item, { target }) => {
            const link = target instanceof Element ? target.closest('a')?.getAttribute('href') : null;
            events.push({ name: 'hubbub-select', id: item.id, url: link ?? undefined });
            return !cancels();
          }}
          onError={({ code }) => events.push({ name: 'hubbub-error', code })}
        />
      </HubProvider>
    </StrictMode>
  );
}

const drivers = [...document.querySelectorAll<HTMLElement>('.inbox')].map((container) => {
  const driver = new Driver(container);
  return { driver, container };
});
const [first] = drivers;
if (!first) throw new Error('the page has no inbox');
// Like an element's id.
for (const { driver, container } of drivers) if (container.id) Reflect.set(window, container.id, driver);
start(first.driver, first.container, first.container);

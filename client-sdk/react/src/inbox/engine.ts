import type { HubError } from '@hubbub/client';
import { InboxEngine, type InboxInput, type InboxView } from '@hubbub/inbox/engine';
import { type RefObject, useCallback, useState, useSyncExternalStore } from 'react';
import { useHasNoHub, useHub } from '../context.ts';
import { useLatest } from './latest.ts';
import { useLayoutEffect } from './layout-effect.ts';

export interface EngineOptions extends Pick<InboxInput, 'layout' | 'isOpen'> {
  /** The element with the class `hubbub-inbox`. */
  root: RefObject<HTMLElement | null>;
  setOpen(isOpen: boolean): void;
  onError: ((error: HubError) => void) | undefined;
}

/** The engine of an inbox, with the provider's hub, and what to render. */
export function useEngine({ root, layout, isOpen, setOpen, onError }: EngineOptions): {
  engine: InboxEngine;
  view: InboxView;
} {
  const hub = useHub();
  const input: InboxInput = { layout, isOpen, awaitsHub: !useHasNoHub() };
  const setOpenRef = useLatest(setOpen);
  const onErrorRef = useLatest(onError);
  const [engine] = useState(
    () =>
      new InboxEngine(
        {
          getRoot: () => root.current,
          setOpen: (next) => setOpenRef.current(next),
          onError: (error, isBackground) => {
            if (!isBackground) onErrorRef.current?.(error);
          },
        },
        input,
      ),
  );
  // React asks for the view at once. Later in the task, scroll positions and the focus may still change.
  const subscribe = useCallback(
    (listener: () => void) => engine.subscribe(() => queueMicrotask(listener)),
    [engine],
  );
  const view = useSyncExternalStore(subscribe, engine.getView, engine.getView);

  useLayoutEffect(() => {
    engine.connect();
    return () => engine.disconnect();
  }, [engine]);
  useLayoutEffect(() => {
    engine.setHub(hub);
    return () => engine.setHub(null);
  }, [engine, hub]);
  // After every render. A changed input renders again before the browser paints.
  useLayoutEffect(() => {
    engine.update(input);
    engine.afterRender();
  });
  return { engine, view };
}

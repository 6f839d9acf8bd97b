/** React 18 warns on a server of every layout effect that is asked for, React 19 of none. */
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, expect, it, vi } from 'vitest';
import { HubProvider, Inbox } from '../../../client-sdk/react/index.ts';

const asked = vi.hoisted(() => vi.fn());
vi.mock('react', async (importOriginal) => {
  const react = await importOriginal<typeof import('react')>();
  const useLayoutEffect: typeof react.useLayoutEffect = (effect, needs) => {
    asked();
    react.useLayoutEffect(effect, needs);
  };
  return { ...react, useLayoutEffect };
});

afterEach(() => asked.mockClear());

it.each(['bell', 'page'] as const)('an inbox as %s asks a server for no layout effect', (layout) => {
  const inbox = createElement(Inbox, { layout, defaultOpen: true });
  const html = renderToString(createElement(HubProvider, { hub: null }, inbox));
  expect(html).toContain('role="tabpanel"');
  expect(asked).not.toHaveBeenCalled();
});

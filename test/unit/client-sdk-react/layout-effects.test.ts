/** On a server, React 18 warns about every layout effect; React 19 does not. */
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, expect, it, vi } from 'vitest';
import { HubProvider, Inbox } from '../../../client-sdk/react/src/index.ts';

const requested = vi.hoisted(() => vi.fn());
vi.mock('react', async (importOriginal) => {
  const react = await importOriginal<typeof import('react')>();
  const useLayoutEffect: typeof react.useLayoutEffect = (effect, needs) => {
    requested();
    react.useLayoutEffect(effect, needs);
  };
  return { ...react, useLayoutEffect };
});

afterEach(() => requested.mockClear());

it.each(['bell', 'page'] as const)('an inbox as %s uses no layout effects on a server', (layout) => {
  const inbox = createElement(Inbox, { layout, defaultOpen: true });
  const html = renderToString(createElement(HubProvider, { hub: null }, inbox));
  expect(html).toContain('role="tabpanel"');
  expect(requested).not.toHaveBeenCalled();
});

/** Renders the application with the test's setup, and lets the test change it. */
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { App, globalHub, recorded, type Setup, usual } from './app.tsx';

declare global {
  /** The initial setup from the test. */
  var begin: Partial<Setup>;
  var update: (change: Partial<Setup>) => void;
  var unmount: () => void;
  var probe: typeof recorded;
  var hub: typeof globalHub;
}

const element = document.getElementById('root');
if (!element) throw new Error('no root');
let setup: Setup = { ...usual, ...globalThis.begin };
let root: Root;
// Hydrates server-rendered HTML.
if (element.hasChildNodes()) {
  root = hydrateRoot(element, <App {...setup} />, {
    onRecoverableError: (error) => console.error(error),
  });
} else {
  root = createRoot(element);
  root.render(<App {...setup} />);
}

globalThis.probe = recorded;
globalThis.hub = globalHub;
globalThis.update = (change) => {
  setup = { ...setup, ...change };
  root.render(<App {...setup} />);
};
globalThis.unmount = () => root.unmount();

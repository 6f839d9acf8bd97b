/** Draws the application into the page as the test says, and lets the test change it. */
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { App, globalHub, noted, type Setup, usual } from './app.tsx';

declare global {
  /** What the page begins with; put there by the test. */
  var begin: Partial<Setup>;
  var update: (change: Partial<Setup>) => void;
  var unmount: () => void;
  var probe: typeof noted;
  var hub: typeof globalHub;
}

const element = document.getElementById('root');
if (!element) throw new Error('no root');
let setup: Setup = { ...usual, ...globalThis.begin };
let root: Root;
// What the server drew is taken over.
if (element.hasChildNodes()) {
  root = hydrateRoot(element, <App {...setup} />, {
    onRecoverableError: (error) => console.error(error),
  });
} else {
  root = createRoot(element);
  root.render(<App {...setup} />);
}

globalThis.probe = noted;
globalThis.hub = globalHub;
globalThis.update = (change) => {
  setup = { ...setup, ...change };
  root.render(<App {...setup} />);
};
globalThis.unmount = () => root.unmount();

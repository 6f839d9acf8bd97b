import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@hubbub/react/inbox.css';
import { App } from './app.tsx';
import { readSession } from './session.ts';
import './style.css';

const session = await readSession();
const root = document.getElementById('root');
if (!root) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <App {...session} />
  </StrictMode>,
);

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** For `npm run dev`: the backend (server.mjs) runs beside it. */
const backend = 'http://localhost:8082';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/session': backend, '/token': backend } },
});

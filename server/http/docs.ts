/** `GET /openapi.json` and `GET /docs`: the API reference. The page loads nothing from other hosts. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Response, Router } from 'express';
import { buildDocument } from '../openapi/document.ts';

/** Swagger UI needs inline styles and `data:` images. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hubbub API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<style>body { margin: 0; }</style>
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;

const assets = { 'swagger-ui.css': 'css', 'swagger-ui-bundle.js': 'js', 'favicon-32x32.png': 'png' };

export function docsRoutes(): Router {
  const router = Router();
  let document: string | null = null;
  router.get('/openapi.json', (_request, response) => {
    document ??= JSON.stringify(buildDocument());
    response.type('json').send(document);
  });
  router.get('/docs', (_request, response) => send(response, 'html', page));
  router.get('/docs/start.js', (_request, response) => send(response, 'js', start));
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const [name, type] of Object.entries(assets)) {
    let body: Buffer | null = null;
    router.get(`/docs/${name}`, (_request, response) => {
      body ??= readFileSync(join(folder, name));
      send(response, type, body);
    });
  }
  return router;
}

function send(response: Response, type: string, body: string | Buffer): void {
  response.set('content-security-policy', policy).set('cache-control', 'no-cache').type(type).send(body);
}

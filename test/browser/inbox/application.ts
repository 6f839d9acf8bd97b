import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { tokenFor } from '../../support/tokens.ts';
import { renderPage } from './document.ts';

/** A strict policy: no inline scripts or styles, and only the hub as another origin. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const avatar = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#e0a458" d="M0 0h8v8H0z"/><circle fill="#5b3a1e" cx="4" cy="4" r="2"/></svg>`;

/** An application with the inbox: serves its page, and issues tokens to users. */
export class Application {
  readonly #server: Server;
  /** Users who get no token for now. */
  readonly refused = new Set<string>();
  readonly #tokenCounts = new Map<string, number>();

  private constructor(script: string, style: string) {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://application.invalid');
      const options = Object.fromEntries(url.searchParams);
      if (url.pathname === '/') return send(response, 'text/html', renderPage(options));
      if (url.pathname === '/main.js') return send(response, 'text/javascript', script);
      if (url.pathname === '/style.css') return send(response, 'text/css', style);
      if (url.pathname === '/face.svg') return send(response, 'image/svg+xml', avatar);
      if (url.pathname === '/token') return void this.#sendToken(url.searchParams, response);
      response.writeHead(url.pathname === '/favicon.ico' ? 204 : 404).end();
    });
  }

  static async open(): Promise<Application> {
    const folder = new URL('./page/', import.meta.url);
    const [bundle, style] = await Promise.all([
      build({
        entryPoints: [fileURLToPath(new URL('main.ts', folder))],
        bundle: true,
        write: false,
        format: 'esm',
        target: 'es2023',
        platform: 'browser',
        logLevel: 'silent',
      }),
      readFile(new URL('style.css', folder), 'utf8'),
    ]);
    // Otherwise esbuild's process would run as long as this one.
    await stop();
    const application = new Application(bundle.outputFiles[0]?.text ?? '', style);
    await new Promise<void>((resolve) => application.#server.listen(0, '127.0.0.1', resolve));
    return application;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The number of tokens of the user. */
  tokensOf(user: string): number {
    return this.#tokenCounts.get(user) ?? 0;
  }

  async #sendToken(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const user = query.get('user') ?? '';
    if (this.refused.has(user)) return void response.writeHead(503).end();
    const lifetime = Number(query.get('lifetime') ?? 3600);
    const token = await tokenFor(user, { lifetime });
    this.#tokenCounts.set(user, this.tokensOf(user) + 1);
    send(response, 'text/plain', token);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function send(response: ServerResponse, type: string, body: string): void {
  response
    .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy })
    .end(body);
}

import { createServer, type Server } from 'node:http';

export interface ServedFile {
  type: string;
  body: string;
}

/** Serves files to browsers, by path, on its own port. */
export class FileServer {
  readonly files = new Map<string, ServedFile>();
  readonly #server: Server = createServer((request, response) => {
    const file = this.files.get(request.url ?? '/');
    // Otherwise browsers request a favicon that does not exist.
    if (request.url === '/favicon.ico') response.writeHead(204).end();
    else if (!file) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': file.type }).end(file.body);
  });

  /** Returns the server's address, without a trailing slash. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

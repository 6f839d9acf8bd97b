/** Lists the routes of an Express app, such as `get /v1/users/:id/feed`. */
import express, { type Express } from 'express';

interface Layer {
  handle: { stack?: Layer[] };
  route?: { path: string | string[]; stack: Array<{ method?: string }> };
}
interface RouterLike {
  stack: Layer[];
}

/** Express does not keep the path at which a router was mounted, so this records the calls that mount them. */
export function routesOf(createApp: () => Express): string[] {
  const prototype = Object(express.Router).prototype as {
    use: (this: RouterLike, ...args: unknown[]) => unknown;
  };
  const { use } = prototype;
  const mounts = new WeakMap<Layer, string>();
  prototype.use = function (...args) {
    const before = this.stack.length;
    const response = use.apply(this, args);
    const [path] = args;
    const mount = typeof path === 'string' ? path.replace(/\/$/, '') : '';
    for (const layer of this.stack.slice(before)) mounts.set(layer, mount);
    return response;
  };
  try {
    return [...walk((createApp() as unknown as { router: RouterLike }).router, '', mounts)].sort();
  } finally {
    prototype.use = use;
  }
}

function* walk({ stack }: RouterLike, prefix: string, mounts: WeakMap<Layer, string>): Generator<string> {
  for (const layer of stack) {
    const { handle, route } = layer;
    if (route) {
      const methods = new Set(route.stack.flatMap(({ method }) => method ?? []));
      for (const path of [route.path].flat()) {
        for (const method of methods) yield `${method} ${(prefix + path).replace(/(.)\/$/, '$1')}`;
      }
    } else if (handle.stack) {
      yield* walk({ stack: handle.stack }, prefix + (mounts.get(layer) ?? ''), mounts);
    }
  }
}

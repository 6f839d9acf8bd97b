/** Runs before a call to a port, with the names of both. May delay the call, or throw to make it fail. */
export type BeforeCall = (method: string, port: string) => Promise<void>;

/**
 * The same port, with `before` run before every call, and before every chunk of a method that streams. All other methods
 * must return promises.
 */
export function intercepted<T extends object>(port: T, portName: string, before: BeforeCall): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      return (...args: unknown[]) => {
        const call = (): unknown => Reflect.apply(member, target, args);
        return isStream(member)
          ? interceptedStream(call, () => before(name, portName))
          : before(name, portName).then(call);
      };
    },
  });
}

const isStream = (member: object): boolean =>
  Object.prototype.toString.call(member) === '[object AsyncGeneratorFunction]';

async function* interceptedStream(call: () => unknown, before: () => Promise<void>): AsyncGenerator<unknown> {
  const chunks = call() as AsyncIterable<unknown>;
  const iterator = chunks[Symbol.asyncIterator]();
  for (;;) {
    await before();
    const next = await iterator.next();
    if (next.done) return;
    yield next.value;
  }
}

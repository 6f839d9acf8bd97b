/** What is told of a call to a port before it happens: the method's name. It may wait, or throw to let it fail. */
export type BeforeCall = (method: string) => Promise<void>;

/**
 * The same port, with `before` told of every call. A method that streams tells of every chunk. Fails where a port has
 * a method that answers at once and not by a promise, but for those that hand out other ports, which are left alone.
 */
export function intercepted<T extends object>(port: T, before: BeforeCall): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      return (...args: unknown[]) => {
        const call = (): unknown => Reflect.apply(member, target, args);
        return isStream(member) ? streamed(call, () => before(name)) : before(name).then(call);
      };
    },
  });
}

const isStream = (member: object): boolean =>
  Object.prototype.toString.call(member) === '[object AsyncGeneratorFunction]';

async function* streamed(call: () => unknown, before: () => Promise<void>): AsyncGenerator<unknown> {
  const chunks = call() as AsyncIterable<unknown>;
  const iterator = chunks[Symbol.asyncIterator]();
  for (;;) {
    await before();
    const next = await iterator.next();
    if (next.done) return;
    yield next.value;
  }
}
